import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import type { Gauge } from "../../src/foundation/index.ts";
import { silentLogger } from "../../src/operations/index.ts";
import { Counts, Durations, mostSeries } from "../../src/telemetry/accumulated.ts";
import { askedGauge } from "../../src/telemetry/gauges.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { countFamilies, durationFamilies } from "../../src/telemetry/series.ts";
import { traceLimit } from "../../src/telemetry/trace-limit.ts";
import { readExposition, sumOf } from "./exposition.ts";

describe("durations", () => {
  const family = { ...durationFamilies.job, buckets: [0.1, 1, 10] };

  it("count each value in its bucket and in those above, as Prometheus wants it", () => {
    const durations = new Durations(family);
    for (const seconds of [0.05, 0.1, 0.2, 5, 50]) durations.record("purge", "ok", seconds);
    const of = (name: string) =>
      durations.values("x_").filter(({ metricName }) => metricName === `x_${family.name}${name}`);
    const below = of("_bucket").map(({ labels, value }) => [labels["le"], value]);
    expect(below).toEqual([
      ["0.1", 2],
      ["1", 3],
      ["10", 4],
      ["+Inf", 5],
    ]);
    expect(of("_count").map(({ value }) => value)).toEqual([5]);
    expect(of("_sum").map(({ value }) => value)).toEqual([expect.closeTo(55.35)]);
  });

  it("keep no more series than there may be, whatever they are called", () => {
    const durations = new Durations(family);
    const counts = new Counts(countFamilies.event);
    for (let each = 0; each < mostSeries + 50; each += 1) {
      durations.record(`job ${each}`, "ok", 1);
      counts.add(`event ${each}`, "accepted");
    }
    const jobs = durations.values("x_").filter(({ metricName }) => metricName?.endsWith("_count"));
    expect(jobs).toHaveLength(mostSeries + 1);
    expect(jobs.at(-1)).toMatchObject({ labels: { job_name: "other other" }, value: 50 });
    expect(counts.values()).toHaveLength(mostSeries + 1);
  });
});

describe("a gauge", () => {
  const gauge = (read: Gauge["read"], keptSeconds = 0): Gauge => ({
    ...{ name: "depth", help: "how deep", keptSeconds, read },
  });

  it("is read again only when its answer is too old", async () => {
    let now = 0;
    let reads = 0;
    const read = () => [{ labels: {}, value: (reads += 1) }];
    const { ask } = askedGauge(gauge(read, 60), { logger: silentLogger, now: () => now });
    expect([await ask(), await ask()]).toMatchObject([[{ value: 1 }], [{ value: 1 }]]);
    now = 60_000;
    expect(await ask()).toMatchObject([{ value: 2 }]);
  });

  it("that cannot be read or does not answer keeps none of the others from being told", async () => {
    const warnings: string[] = [];
    const warn = (_fields: object, message: string) => warnings.push(message);
    const metrics = await createMetrics({ warn });
    metrics.add([
      { name: "broken", help: "b", read: () => Promise.reject(new Error("no database")) },
      { name: "hanging", help: "h", read: () => new Promise(() => undefined) },
      { name: "well", help: "w", read: () => [{ labels: { queue: "a" }, value: 3 }] },
    ]);
    const series = readExposition(await metrics.exposition());
    expect(sumOf(series, "lopauth_well", { queue: "a" })).toBe(3);
    expect(series.filter(({ name }) => /broken|hanging/.test(name))).toEqual([]);
    await metrics.exposition();
    expect(warnings).toEqual(["a gauge cannot be read"]);
  });
});

describe("a gauge of too many series", () => {
  it("is cut, which is said once", async () => {
    const warnings: object[] = [];
    const warn = (fields: object) => warnings.push(fields);
    const read = () =>
      Array.from({ length: mostSeries + 50 }, (_, each) => ({
        labels: { client: String(each) },
        value: 1,
      }));
    const { ask } = askedGauge(
      { name: "many", help: "m", read },
      { logger: { warn }, now: () => 0 },
    );
    expect(await ask()).toHaveLength(mostSeries);
    expect(await ask()).toHaveLength(mostSeries);
    expect(warnings).toEqual([{ gauge: "many" }]);
  });
});

describe("the limit of traces", () => {
  it("lets so many begin in a second, and a second's worth at once", () => {
    let now = 0;
    const may = traceLimit(5, () => now);
    const begun = () => Array.from({ length: 100 }, may).filter(Boolean).length;
    expect(begun()).toBe(5);
    now = 400;
    expect(begun()).toBe(2);
    now = 60_000;
    expect(begun()).toBe(5);
  });
});

describe("docs/metrics.md", () => {
  it("lists every family of ours and no other", () => {
    const page = readFileSync("docs/metrics.md", "utf8");
    const listed = [...page.matchAll(/^\| `(lopauth_\w+)`/gm)].map(([, name]) => name);
    const kinds = [...Object.values(durationFamilies), ...Object.values(countFamilies)];
    expect(listed).toEqual(expect.arrayContaining(kinds.map(({ name }) => `lopauth_${name}`)));
    expect(new Set(listed).size).toBe(listed.length);
  });
});
