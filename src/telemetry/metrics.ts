import type { Metric, Registry } from "@prometheus-io/client";
import type { CountKind, Gauge, WorkKind } from "../foundation/index.ts";
import type { Logger } from "../operations/index.ts";
import { Counts, Durations, type SeriesValue } from "./accumulated.ts";
import { askedGauge } from "./gauges.ts";
import { type Family, countFamilies, durationFamilies } from "./series.ts";

/** What stands before each name of ours. */
const prefix = "lopauth_";

/** Everything that is measured, and its exposition. */
export interface Metrics {
  readonly record: (kind: WorkKind, name: string, outcome: string, seconds: number) => void;
  readonly count: (kind: CountKind, name: string, outcome: string) => void;
  /** Adds what is looked at when somebody asks. */
  readonly add: (gauges: readonly Gauge[]) => void;
  /** The client's, for who adds up several processes. */
  readonly registry: Registry;
  readonly contentType: string;
  /** @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
  readonly exposition: () => Promise<string>;
}

/** Loads the Prometheus project's client: nobody who watches nothing pays for it. */
export async function createMetrics(logger: Pick<Logger, "warn">): Promise<Metrics> {
  const { Registry, collectDefaultMetrics } = await import("@prometheus-io/client");
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = families(durationFamilies, (family) => new Durations(family));
  const counts = families(countFamilies, (family) => new Counts(family));
  for (const [kind, family] of Object.entries(durationFamilies)) {
    register(registry, family, "histogram", () => durations[kind as WorkKind].values(prefix));
  }
  for (const [kind, family] of Object.entries(countFamilies)) {
    register(registry, family, "counter", () => counts[kind as CountKind].values());
  }
  return {
    record: (kind, name, outcome, seconds) => {
      durations[kind].record(name, outcome, seconds);
    },
    count: (kind, name, outcome) => {
      counts[kind].add(name, outcome);
    },
    add: (gauges) => {
      for (const gauge of gauges) {
        const { ask } = askedGauge(gauge, { logger, now: () => performance.now() });
        register(registry, gauge, "gauge", ask, gauge.ofProcess ? "sum" : "max");
      }
    },
    registry,
    contentType: registry.contentType,
    exposition: () => registry.metrics(),
  };
}

function families<Kind extends string, Of extends Family, Series>(
  table: Readonly<Record<Kind, Of>>,
  make: (family: Of) => Series,
): Record<Kind, Series> {
  const made = Object.entries<Of>(table).map(([kind, family]) => [kind, make(family)]);
  return Object.fromEntries(made) as Record<Kind, Series>;
}

/** The library asks a metric for its values and writes them out, whoever has collected them. */
function register(
  registry: Registry,
  { name, help }: Pick<Family, "name" | "help">,
  type: "histogram" | "counter" | "gauge",
  values: () => readonly SeriesValue[] | Promise<readonly SeriesValue[]>,
  aggregator: "sum" | "max" = "sum",
): void {
  const named = { name: prefix + name, help, type, aggregator };
  const get = async () => ({ ...named, values: await values() });
  registry.registerMetric({ ...named, get } as unknown as Metric);
}
