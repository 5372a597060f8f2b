/**
 * What several workers of one node cost: `node bench/workers.ts [--database postgres://…] [--seconds N] [--rounds N]`. The node as
 * `npm run start:production` starts it, with `WORKERS` 1 and 2 in turn on one place; steps a second, CPU a step and memory
 * of all its processes (docs/performance.md). The load client has a share of the same cores.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { cpuMilliseconds, median, memoryMegabytes } from "./measure.ts";
import { readOptions } from "./options.ts";
import { type Child, askServer, freePort, orderLoad, startChild } from "./processes.ts";
import { preparePlace, productionFlags } from "./provider-settings.ts";
import { createReport, note } from "./report.ts";

const workloads = [
  "userinfo",
  "refresh",
  "code-flow-session-kept",
  "code-flow-fresh-browser",
] as const;
const options = readOptions(workloads);
const port = await freePort();
const place = await preparePlace(options.databaseUrl, port);
const report = createReport(options.databaseUrl ? "postgres" : "sqlite");

/** Of one round: what a step costs, and what comes of it. */
interface Round {
  readonly perSecond: number;
  readonly cpu: number;
  readonly megabytes: number;
}

try {
  // The accounts, once.
  const seeding = await startChild("server.ts", { env: place.env, execArgv: productionFlags });
  await askServer(seeding, { ask: "stop" });
  await seeding.ended();
  const client = await startChild("load-client.ts");
  try {
    await compareCounts(client);
  } finally {
    await client.stop();
  }
} finally {
  await place.remove();
}

async function compareCounts(client: Child): Promise<void> {
  const rounds = new Map<string, Round[]>();
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const workers of [1, 2]) {
      note(`round ${round} of ${options.rounds}: ${workers} workers`);
      for (const [workload, result] of await measure(workers, client)) {
        const key = `${workload} ${workers}`;
        rounds.set(key, [...(rounds.get(key) ?? []), result]);
      }
    }
  }
  for (const [name, all] of rounds) {
    const middle = (of: keyof Round) => median(all.map((each) => each[of]));
    const figures = {
      perSecond: middle("perSecond"),
      cpu: middle("cpu"),
      megabytes: middle("megabytes"),
    };
    report.line(name, figures);
  }
}

async function measure(workers: number, client: Child): Promise<[string, Round][]> {
  const node = await startNode(workers);
  try {
    const results: [string, Round][] = [];
    for (const workload of workloads) {
      const pids = processesOf(node.pid ?? 0);
      const target = { name: "ours" as const, pid: pids[0] ?? 0, port };
      const cpu = () => pids.reduce((sum, pid) => sum + cpuMilliseconds(pid), 0);
      const before = cpu();
      const { perSecond, steps } = await orderLoad(client, "closedLoop", {
        ...options,
        workload,
        target,
      });
      const megabytes = pids.reduce((sum, pid) => sum + memoryMegabytes(pid).now, 0);
      results.push([workload, { perSecond, cpu: (cpu() - before) / steps, megabytes }]);
    }
    return results;
  } finally {
    node.kill("SIGTERM");
    await once(node, "exit");
  }
}

async function startNode(workers: number): Promise<ChildProcess> {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const env = {
    PATH: process.env["PATH"],
    ...place.env,
    WORKERS: String(workers),
    STOP_DELAY: "0",
  };
  const flags = ["--disable-warning=ExperimentalWarning", ...productionFlags];
  const node = spawn(process.execPath, [...flags, main], { env, stdio: ["ignore", 2, 2] });
  const isReady = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return (
      answer?.ok === true && processesOf(node.pid ?? 0).length === (workers === 1 ? 1 : workers + 1)
    );
  };
  while (!(await isReady())) await pause(100);
  // The second worker is started once the first one listens.
  await pause(3000);
  return node;
}

/** A process and those that it has started. */
function processesOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return [
    pid,
    ...children
      .split(" ")
      .filter((each) => each !== "")
      .map(Number),
  ];
}
