import { type Gauge, type Telemetry, silentTelemetry } from "../foundation/index.ts";
import { type Logger, type WatchSettings, portFault } from "../operations/index.ts";
import type { Metrics } from "./metrics.ts";
import { type MetricsServer, serveMetrics } from "./metrics-server.ts";
import type { Tracing } from "./tracing.ts";

/** Who watches, if anybody does. */
export interface Watch {
  /** For the rooms. */
  readonly telemetry: Telemetry;
  /**
   * Answers `METRICS_PORT` from now on, with these too.
   * @throws ConfigurationError when the port is taken
   */
  readonly listen: (gauges: readonly Gauge[]) => Promise<void>;
  /** Ends it; what was recorded is sent first. */
  readonly close: () => Promise<void>;
}

/** What watching stands on. */
export interface WatchPorts {
  readonly settings: WatchSettings;
  /** Which of a node's workers this process is; undefined when it is alone. */
  readonly worker?: number | undefined;
  readonly version: string;
  readonly logger: Logger;
}

/** Loads what the settings ask for, and nothing else: who is not watched pays neither time nor memory. */
export async function openWatch({ settings, worker, version, logger }: WatchPorts): Promise<Watch> {
  const { metrics: address, traces, nodeName } = settings;
  const metrics = address && (await (await import("./metrics.ts")).createMetrics(logger));
  const dropped = (spans: number) => {
    for (let each = 0; each < spans; each += 1) metrics?.count("spans-dropped", "spans", "");
  };
  const tracing =
    traces &&
    (await (
      await import("./tracing.ts")
    ).createTracing({ settings: traces, nodeName, version, logger, dropped }));
  const opened: { server?: MetricsServer } = {};
  return {
    telemetry: telemetryOf(metrics, tracing),
    listen: async (gauges) => {
      if (!metrics) return;
      metrics.add(gauges);
      if (worker !== undefined) {
        const { tellLeader } = await import("./shared-metrics.ts");
        tellLeader(metrics.registry);
        return;
      }
      opened.server = await orPortFault(address, serveMetrics(metrics, address, logger));
    },
    close: async () => {
      await opened.server?.close();
      await tracing?.close();
    },
  };
}

/**
 * Answers `METRICS_PORT` for all workers of this node.
 * @throws ConfigurationError when the port is taken
 */
export async function openSharedWatch({
  settings,
  logger,
}: Pick<WatchPorts, "settings" | "logger">): Promise<Pick<Watch, "close">> {
  if (!settings.metrics) return { close: () => Promise.resolve() };
  const { serveSharedMetrics } = await import("./shared-metrics.ts");
  return orPortFault(settings.metrics, serveSharedMetrics(settings.metrics, logger));
}

async function orPortFault(
  { port }: { readonly port: number },
  listening: Promise<MetricsServer>,
): Promise<MetricsServer> {
  try {
    return await listening;
  } catch (fault) {
    throw portFault(fault as Error, { METRICS_PORT: port });
  }
}

function telemetryOf(metrics: Metrics | undefined, tracing: Tracing | undefined): Telemetry {
  if (!metrics && !tracing) return silentTelemetry;
  const record: Telemetry["record"] = metrics?.record ?? silentTelemetry.record;
  return {
    record,
    count: metrics?.count ?? silentTelemetry.count,
    trace: (kind, parent) => tracing?.trace(kind, parent),
    follow: tracing?.within ?? silentTelemetry.follow,
    timed: (kind, name, work) => {
      const begin = performance.now();
      const underWay = tracing ? tracing.within(kind, name, work) : work();
      const end = (outcome: string) =>
        record(kind, name, outcome, (performance.now() - begin) / 1000);
      // Beside what the caller waits for, not in front of it.
      underWay.then(
        () => end("ok"),
        () => end("failed"),
      );
      return underWay;
    },
  };
}
