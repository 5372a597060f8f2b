/**
 * What one use of each kind costs, and what a number of accounts therefore needs: `node bench/capacity.ts --database
 * postgres://… [--artifacts redis://…] [--seconds N]`, the servers on this machine. It measures every kind by itself, then
 * all at once, and holds the load that the first figures predict against the one that is measured (docs/performance.md).
 */
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import pg from "pg";
import { type Used, needsOf } from "./capacity-model.ts";
import {
  cpuMilliseconds,
  familyMilliseconds,
  memoryMegabytes,
  parentOf,
  rounded,
} from "./measure.ts";
import type { LoadOrders } from "./load-client.ts";
import { type Child, freePort, orderLoad, startChild } from "./processes.ts";
import { preparePlace, productionFlags } from "./provider-settings.ts";
import { createReport, note } from "./report.ts";
import { mixture } from "./soak.ts";
import type { Target } from "./targets.ts";
import type { WorkloadName } from "./workloads.ts";

const { values } = parseArgs({
  options: {
    database: { type: "string" },
    artifacts: { type: "string" },
    seconds: { type: "string", default: "5" },
  },
});
if (!values.database?.startsWith("postgres")) throw new Error("--database postgres://… is needed");
const seconds = Number(values.seconds);
const redis = values.artifacts === undefined ? undefined : new Redis(values.artifacts);
const port = await freePort();
const place = await preparePlace(values.database, port);
const watcher = new pg.Client({ connectionString: place.databaseUrl });
await watcher.connect();
/** The process that all of PostgreSQL's are children of. */
const { rows: own } = await watcher.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
const server = parentOf(own[0]?.pid ?? 0);
const report = createReport(redis ? "postgres, artifacts on redis" : "postgres");
const children: Child[] = [];

try {
  const env = { ...place.env, ...(values.artifacts && { ARTIFACTS_URL: values.artifacts }) };
  const node = await startChild("server.ts", { env, execArgv: productionFlags });
  const client = await startChild("load-client.ts");
  children.push(node, client);
  const target: Target = { name: "ours", pid: node.pid, port };
  const costs = new Map<WorkloadName, Used>();
  for (const [workload, connections] of mixture) {
    note(workload);
    const order = { workload, target, seconds, connections: Math.max(4, connections) };
    costs.set(workload, await costOf(target, order, client));
  }
  await holdAgainst(costs, target, client);
  report.line("memory", { node: memoryMegabytes(node.pid).now });
  for (const accounts of [1e4, 1e6, 5e7])
    report.line(`${accounts} accounts`, { ...needsOf(accounts, costs) });
} finally {
  for (const child of children) await child.stop();
  await watcher.end();
  redis?.disconnect();
  await place.remove();
}

/** The cost of one step: of a round between two looks, what went before and after the measured seconds included, by all its steps. */
async function costOf(
  target: Target,
  order: Parameters<LoadOrders["closedLoop"]>[0],
  client: Child,
): Promise<Used> {
  // A first round makes the connections, plans and tables what they are under load.
  await orderLoad(client, "closedLoop", { ...order, seconds: 1 });
  const before = await used(target);
  const { perSecond, steps } = await orderLoad(client, "closedLoop", order);
  const after = await used(target);
  const cost = each(after, (value, name) => (value - before[name]) / steps);
  report.line(order.workload, { perSecond, ...each(cost, (value) => rounded(value, 3)) });
  return cost;
}

/** All kinds at once: what the costs predict of the CPU, and what it is. */
async function holdAgainst(
  costs: ReadonlyMap<WorkloadName, Used>,
  target: Target,
  client: Child,
): Promise<void> {
  note("all at once");
  const before = await used(target);
  const { steps } = await orderLoad(client, "mixedLoad", { target, seconds: 4 * seconds });
  const after = await used(target);
  for (const name of ["node", "postgres", "redis", "walBytes", "transactions"] as const) {
    const measured = after[name] - before[name];
    const predicted = [...costs].reduce(
      (sum, [workload, cost]) => sum + cost[name] * (steps[workload] ?? 0),
      0,
    );
    if (measured <= 0) continue;
    report.line(`all at once: ${name}`, { predicted, measured, ratio: predicted / measured });
  }
}

async function used({ pid }: Target): Promise<Used> {
  const { rows } = await watcher.query<Record<string, string>>(
    `SELECT xact_commit + xact_rollback AS transactions,
       pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal,
       (SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname = 'artifacts') AS artifacts,
       (SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> 'artifacts') AS register
     FROM pg_stat_database WHERE datname = current_database()`,
  );
  const [row = {}] = rows;
  const figure = (name: string) => Number(row[name]);
  const info = redis ? await redis.info() : "";
  const ofRedis = (name: RegExp) => Number(name.exec(info)?.[1] ?? 0);
  return {
    node: cpuMilliseconds(pid),
    postgres: familyMilliseconds(server),
    redis: 1000 * (ofRedis(/used_cpu_sys:([\d.]+)/) + ofRedis(/used_cpu_user:([\d.]+)/)),
    redisCommands: ofRedis(/total_commands_processed:(\d+)/),
    transactions: figure("transactions"),
    walBytes: figure("wal"),
    registerBytes: figure("register"),
    artifactBytes: redis ? ofRedis(/used_memory:(\d+)/) : figure("artifacts"),
  };
}

function each(of: Used, change: (value: number, name: keyof Used) => number): Used {
  const names = Object.keys(of) as (keyof Used)[];
  return Object.fromEntries(names.map((name) => [name, change(of[name], name)])) as unknown as Used;
}
