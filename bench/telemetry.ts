/**
 * What metrics and traces cost together: one server of ours whose watching (metrics that are asked for, traces to a collector
 * that takes them) is turned on and off in turn, `node bench/telemetry.ts [--rounds N] [--seconds N] [--database URL]`. CPU
 * a request of the whole process is compared, pair by pair: two processes differ by more than is looked for, and throughput
 * moves with the neighbours of the machine.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { median, percentile, rounded } from "./measure.ts";
import { readOptions } from "./options.ts";
import { askServer, freePort, orderLoad, startChild } from "./processes.ts";
import { preparePlace, productionFlags } from "./provider-settings.ts";
import { note } from "./report.ts";
import type { WorkloadName } from "./workloads.ts";

const compared = ["client-credentials", "userinfo", "code-flow-session-kept"] as const;
const options = readOptions(compared);
const wanted = compared.filter((name) => options.only.length === 0 || options.only.includes(name));

const collector = createServer((request, response) => {
  request.resume().on("end", () => response.end("{}"));
});
await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
const collectorPort = (collector.address() as AddressInfo).port;
const metricsPort = await freePort();
const port = await freePort();
const place = await preparePlace(options.databaseUrl, port);
const server = await startChild("server.ts", {
  execArgv: productionFlags,
  env: {
    ...place.env,
    BENCH_SWITCHED: "1",
    METRICS_PORT: String(metricsPort),
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${String(collectorPort)}`,
  },
});
const target = { name: "ours", pid: server.pid, port } as const;
const client = await startChild("load-client.ts");
const scraped = { at: 0 };
try {
  for (const workload of wanted) await compare(workload);
} finally {
  await client.stop();
  await askServer(server, { ask: "stop" });
  await server.ended();
  await place.remove();
  collector.close();
}

/** As Prometheus does each fifteen seconds; its cost is in the CPU of a round when it falls into one. */
async function scrape(): Promise<void> {
  if (performance.now() - scraped.at < 15_000) return;
  scraped.at = performance.now();
  await (await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`)).text();
}

/** @returns CPU milliseconds a request */
async function measured(workload: WorkloadName, isOn: boolean): Promise<number> {
  await askServer(server, { ask: "watch", isOn });
  const [{ cpu }] = await Promise.all([
    orderLoad(client, "closedLoop", { ...options, workload, target }),
    isOn ? scrape() : undefined,
  ]);
  return cpu;
}

async function compare(workload: WorkloadName): Promise<void> {
  // What is compiled and cached comes before the first pair.
  for (const isOn of [true, false]) await measured(workload, isOn);
  const pairs: { readonly off: number; readonly on: number }[] = [];
  for (let round = 0; round < options.rounds; round++) {
    note(`${workload}, round ${String(round + 1)} of ${String(options.rounds)}`);
    // Who is first changes: the second one finds the caches as the first one left them.
    const first = await measured(workload, round % 2 === 1);
    const second = await measured(workload, round % 2 === 0);
    pairs.push(round % 2 === 1 ? { on: first, off: second } : { off: first, on: second });
  }
  const costs = pairs.map(({ on, off }) => 100 * (on / off - 1));
  process.stdout.write(
    `${JSON.stringify({
      workload,
      pairs: pairs.length,
      offCpuMilliseconds: rounded(median(pairs.map(({ off }) => off)), 4),
      onCpuMilliseconds: rounded(median(pairs.map(({ on }) => on)), 4),
      costPercent: rounded(median(costs)),
      halfOfPairsBetween: [rounded(percentile(costs, 0.25)), rounded(percentile(costs, 0.75))],
    })}\n`,
  );
}
