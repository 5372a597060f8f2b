/**
 * What metrics and traces cost together: two servers of ours, one that is watched (metrics asked for in every round, traces to
 * a collector that takes them) and one that is not, in turn, `node bench/telemetry.ts [--rounds N] [--seconds N] [--database URL]`.
 * CPU a request, of the whole process, is what is compared: it does not move with the neighbours of the machine as throughput does.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { RoundResult } from "./closed-loop.ts";
import { median, rounded } from "./measure.ts";
import { readOptions } from "./options.ts";
import { type Child, askServer, freePort, orderLoad, startChild } from "./processes.ts";
import { type Place, preparePlace, productionFlags } from "./provider-settings.ts";
import { note } from "./report.ts";
import type { Target } from "./targets.ts";
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
const watching = {
  METRICS_PORT: String(metricsPort),
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${String(collectorPort)}`,
};

interface Server {
  readonly target: Target;
  readonly child: Child;
  readonly place: Place;
}

async function startServer(more: Readonly<Record<string, string>>): Promise<Server> {
  const port = await freePort();
  const place = await preparePlace(options.databaseUrl, port);
  const env = { ...place.env, ...more };
  const child = await startChild("server.ts", { env, execArgv: productionFlags });
  return { target: { name: "ours", pid: child.pid, port }, child, place };
}

const scraped = { at: 0 };
const servers = { plain: await startServer({}), watched: await startServer(watching) };
const client = await startChild("load-client.ts");
try {
  for (const workload of wanted) await compare(workload);
} finally {
  await client.stop();
  for (const { child, place } of Object.values(servers)) {
    await askServer(child, { ask: "stop" });
    await child.ended();
    await place.remove();
  }
  collector.close();
}

/** As Prometheus does each fifteen seconds; its cost is in the CPU of a round when it falls into one. */
async function scrape(): Promise<void> {
  if (performance.now() - scraped.at < 15_000) return;
  scraped.at = performance.now();
  await (await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`)).text();
}

async function compare(workload: WorkloadName): Promise<void> {
  const rounds: { plain: RoundResult; watched: RoundResult }[] = [];
  const measure = ({ target }: Server) =>
    orderLoad(client, "closedLoop", { ...options, workload, target });
  for (let round = 0; round < options.rounds; round++) {
    note(`${workload}, round ${String(round + 1)} of ${String(options.rounds)}`);
    // Who is first changes: the second one finds the caches as the first one left them.
    const first = round % 2 === 0 ? await measure(servers.plain) : undefined;
    const [watched] = await Promise.all([measure(servers.watched), scrape()]);
    rounds.push({ plain: first ?? (await measure(servers.plain)), watched });
  }
  const cpu = (which: "plain" | "watched") => median(rounds.map((round) => round[which].cpu));
  const shares = rounds.map(({ plain, watched }) => watched.cpu / plain.cpu - 1);
  process.stdout.write(
    `${JSON.stringify({
      workload,
      rounds: rounds.length,
      plainCpu: rounded(cpu("plain"), 4),
      watchedCpu: rounded(cpu("watched"), 4),
      costPercent: rounded((cpu("watched") / cpu("plain") - 1) * 100),
      medianOfPairsPercent: rounded(median(shares) * 100),
    })}\n`,
  );
}
