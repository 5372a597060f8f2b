/**
 * Kills masters of a Redis cluster (three, each with a replica) under load: `node test/long/redis-failover.ts [ROUNDS]`. Each second
 * one is frozen instead, as a machine that vanishes without a word, and thawed when it was replaced. Two nodes put and consume codes
 * and refresh tokens, save sessions and remove grants all the while. Ends with 1 when anything spent or removed was good again.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type ArtifactStore, openArtifactStore } from "../../src/artifacts/index.ts";
import { systemClock, systemRandom } from "../../src/foundation/index.ts";
import { type RedisNode, isWhole, startRedisCluster } from "../support/redis-servers.ts";
import { waitFor } from "../support/wait-for.ts";

const rounds = Number(process.argv[2] ?? 30);
const nodeTimeoutMilliseconds = 5000;
const workersANode = 8;
const lifeSeconds = 3600;
const limits = { connections: 1, timeoutSeconds: 4 };

/** What was acknowledged in a round, and is looked at again when it is over. */
class Acknowledged {
  readonly sessions: string[] = [];
  /** Each consumed by so many who were told yes. */
  readonly consumed = new Map<string, number>();
  readonly removed: string[] = [];
  failures = 0;
  /** When anything failed last. */
  failedAt = 0;
}

const cluster = await startRedisCluster(3, nodeTimeoutMilliseconds);
const nodes = await Promise.all(
  [1, 2].map(() => openArtifactStore(cluster.url, systemClock, { limits })),
);
const sums = { consumed: 0, removed: 0, sessions: 0, failures: 0, twice: 0, back: 0, lost: 0 };
const goodAgainAfter: number[] = [];
try {
  for (let round = 1; round <= rounds; round += 1) await runRound(round);
} finally {
  await Promise.all(nodes.map((node) => node.close()));
  await cluster.remove();
}
tell();

async function runRound(round: number): Promise<void> {
  await waitFor("the cluster to be whole", () => isWhole(cluster.nodes), 60);
  const acknowledged = new Acknowledged();
  const stop = new AbortController();
  const workers = nodes.flatMap((node, index) =>
    Array.from({ length: workersANode }, () =>
      work(node, nodes[1 - index] ?? node, acknowledged, stop.signal),
    ),
  );
  await pause(500 + systemRandom.jitter() * 1500);
  const master = await someMaster();
  const isFrozen = round % 2 === 0;
  const killedAt = performance.now();
  if (isFrozen) master.freeze();
  else await master.kill();
  // All workers stand still when what they ask is on that master: they are told a fault, or go on.
  await waitFor("a replica to take over", () => isReplaced(master), 60);
  await pause(6000);
  const again = acknowledged.failedAt - killedAt;
  stop.abort();
  await Promise.all(workers);
  if (isFrozen) master.thaw();
  else await master.start();
  await judge(round, acknowledged, isFrozen ? "frozen" : "killed", Math.max(0, again));
}

/** One who works until told otherwise. A fault says nothing of what became of the act. */
async function work(
  node: ArtifactStore,
  other: ArtifactStore,
  acknowledged: Acknowledged,
  signal: AbortSignal,
): Promise<void> {
  const owner = () => ({ accountId: systemRandom.identifier(), clientId: "portal" });
  const acts = [
    async () => {
      const id = systemRandom.secret();
      const session = { payload: {}, uid: id, ...owner() };
      if (await node.put("Session", id, session, lifeSeconds)) acknowledged.sessions.push(id);
    },
    async () => {
      const id = `RefreshToken ${systemRandom.secret()}`;
      await node.put("RefreshToken", id, { payload: {} }, lifeSeconds);
      const told = await Promise.allSettled([
        node.consume("RefreshToken", id),
        other.consume("RefreshToken", id),
      ]);
      const yes = told.filter((each) => each.status === "fulfilled" && each.value).length;
      if (yes > 0) acknowledged.consumed.set(id, yes);
      const failed = told.find((each) => each.status === "rejected");
      if (failed) throw failed.reason;
    },
    async () => {
      const id = systemRandom.secret();
      await node.put("Grant", id, { payload: {}, ...owner() }, lifeSeconds);
      await node.put("AccessToken", id, { payload: {}, grantId: id }, lifeSeconds);
      await node.removeGrant(id);
      acknowledged.removed.push(id);
    },
  ];
  for (let turn = 0; !signal.aborted; turn += 1) {
    try {
      await acts[turn % acts.length]?.();
    } catch {
      acknowledged.failures += 1;
      acknowledged.failedAt = performance.now();
      await pause(20);
    }
  }
}

/** Asks again for everything that was acknowledged. */
async function judge(
  round: number,
  { sessions, consumed, removed, failures }: Acknowledged,
  how: string,
  again: number,
): Promise<void> {
  const [node] = nodes;
  if (!node) return;
  await waitFor("the cluster to be whole", () => isWhole(cluster.nodes), 60);
  const twice = await count([...consumed], async ([id, yes]) => {
    const isGood = await node.consume("RefreshToken", id);
    return yes > 1 || isGood;
  });
  const back = await count(removed, async (id) => {
    const isSaved = await node.put("Grant", id, { payload: {} }, lifeSeconds);
    return isSaved || (await node.find("AccessToken", id)) !== undefined;
  });
  const lost = await count(sessions, async (id) => (await node.find("Session", id)) === undefined);
  goodAgainAfter.push(again);
  const seen = { consumed: consumed.size, removed: removed.length, sessions: sessions.length };
  for (const [name, value] of Object.entries({ ...seen, failures, twice, back, lost })) {
    sums[name as keyof typeof sums] += value;
  }
  const parts = [
    `round ${round}: a master ${how}`,
    `${seen.consumed} consumed, ${seen.removed} removed, ${seen.sessions} sessions, ${failures} faults`,
    `the last ${(again / 1000).toFixed(1)} s after it`,
    `good twice ${twice}, back ${back}, sessions lost ${lost}`,
  ];
  process.stdout.write(`${parts.join("; ")}\n`);
}

async function count<Item>(
  items: readonly Item[],
  isCounted: (item: Item) => Promise<boolean>,
): Promise<number> {
  let counted = 0;
  for (let from = 0; from < items.length; from += 200) {
    const some = await Promise.all(items.slice(from, from + 200).map(isCounted));
    counted += some.filter(Boolean).length;
  }
  return counted;
}

async function someMaster(): Promise<RedisNode> {
  const roles = await Promise.all(cluster.nodes.map(({ ask }) => ask((redis) => redis.role())));
  const masters = cluster.nodes.filter((_, index) => roles[index]?.[0] === "master");
  const master = masters[Math.floor(systemRandom.jitter() * masters.length)];
  if (!master) throw new Error("the cluster has no master");
  return master;
}

/** Whether the others say that it has failed, and have a master for every slot. */
async function isReplaced(lost: RedisNode): Promise<boolean> {
  const others = cluster.nodes.filter((node) => node !== lost);
  const answers = await Promise.all(
    others.map(({ ask }) =>
      ask(async (redis) => {
        const isOk = (await redis.cluster("INFO")).includes("cluster_state:ok");
        const nodesText = String(await redis.cluster("NODES"));
        const line = nodesText.split("\n").find((each) => each.includes(`:${lost.port}@`)) ?? "";
        return isOk && line.includes("fail") && !line.includes("fail?");
      }).catch(() => false),
    ),
  );
  return answers.every(Boolean);
}

function tell(): void {
  const sorted = [...goodAgainAfter].sort((one, other) => one - other);
  const second = (share: number) =>
    ((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) / 1000).toFixed(1);
  const { consumed, removed, sessions, failures, twice, back, lost } = sums;
  process.stdout.write(
    [
      "",
      `${rounds} masters lost, node timeout ${nodeTimeoutMilliseconds / 1000} s, ${failures} faults`,
      `good twice: ${twice} of ${consumed} consumed; good again after its removal: ${back} of ${removed}`,
      `acknowledged sessions lost: ${lost} of ${sessions}`,
      `the last fault after the loss: median ${second(0.5)} s, least ${second(0)} s, most ${second(1)} s`,
      "",
    ].join("\n"),
  );
  process.exitCode = twice + back === 0 ? 0 : 1;
}
