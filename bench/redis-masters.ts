/**
 * How the work of a Redis cluster is shared by 1, 3 and 6 masters, each with its replica: `node bench/redis-masters.ts
 * [--seconds N]`. The same load each time, on a register of SQLite; CPU and commands are those that each master counts
 * itself. Where all stand on one machine, throughput says nothing: what one master has to do for a step says how many steps
 * so many masters can take (docs/performance.md).
 */
import { parseArgs } from "node:util";
import { type TestRedis, startRedisCluster } from "../test/support/redis-servers.ts";
import { type Child, freePort, orderLoad, startChild } from "./processes.ts";
import { preparePlace, productionFlags } from "./provider-settings.ts";
import { createReport, note } from "./report.ts";
import type { WorkloadName } from "./workloads.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "5" } } });
const seconds = Number(values.seconds);
const workloads = ["code-flow-session-kept", "refresh", "userinfo"] as const;
const report = createReport("sqlite, artifacts on a cluster");

for (const masters of [1, 3, 6]) {
  const cluster = await startRedisCluster(masters);
  try {
    await measure(masters, cluster);
  } finally {
    await cluster.remove();
  }
}

async function measure(masters: number, cluster: TestRedis): Promise<void> {
  const port = await freePort();
  const place = await preparePlace(undefined, port);
  const children: Child[] = [];
  try {
    const env = { ...place.env, ARTIFACTS_URL: cluster.url };
    const node = await startChild("server.ts", { env, execArgv: productionFlags });
    children.push(node);
    const client = await startChild("load-client.ts");
    children.push(client);
    const target = { name: "ours" as const, pid: node.pid, port };
    for (const workload of workloads) {
      note(`${masters} masters: ${workload}`);
      const run = (time: number) =>
        orderLoad(client, "closedLoop", { workload, target, seconds: time, connections: 10 });
      await run(1);
      const before = await usedByMasters(cluster);
      const { steps, perSecond } = await run(seconds);
      tell(masters, workload, { before, after: await usedByMasters(cluster), steps, perSecond });
    }
  } finally {
    for (const child of children) await child.stop();
    await place.remove();
  }
}

interface Round {
  readonly before: readonly MasterUse[];
  readonly after: readonly MasterUse[];
  readonly steps: number;
  readonly perSecond: number;
}

function tell(masters: number, workload: WorkloadName, round: Round): void {
  const { before, after, steps, perSecond } = round;
  const each = (of: keyof MasterUse) =>
    after.map((use, index) => (use[of] - (before[index]?.[of] ?? 0)) / steps);
  const cpu = each("cpuMilliseconds");
  const commands = each("commands");
  const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0);
  report.line(workload, {
    ...{ masters, perSecond },
    commandsAStep: sum(commands),
    busiestMasterCommands: Math.max(...commands),
    cpuMillisecondsAStep: sum(cpu),
    busiestMasterCpu: Math.max(...cpu),
    stepsASecondOfAFullMaster: 1000 / Math.max(...cpu),
  });
}

interface MasterUse {
  readonly cpuMilliseconds: number;
  readonly commands: number;
}

/** Those that take writes, in an order that stays. */
async function usedByMasters({ nodes }: TestRedis): Promise<MasterUse[]> {
  const all = await Promise.all(
    nodes.map(({ ask }) =>
      ask(async (redis) => {
        const info = await redis.info();
        const figure = (name: string) =>
          Number(new RegExp(`^${name}:(.+)$`, "m").exec(info)?.[1] ?? 0);
        return {
          isMaster: /^role:master/m.test(info),
          cpuMilliseconds: 1000 * (figure("used_cpu_user") + figure("used_cpu_sys")),
          commands: figure("total_commands_processed"),
        };
      }),
    ),
  );
  return all.filter(({ isMaster }) => isMaster);
}
