/**
 * The database of three nodes falls silent (its connections stand), crashes and comes back, or gives way to its standby, under
 * load. Every answer comes within five seconds, a 503 with `Retry-After` meanwhile, and a good one five seconds after; so it is
 * of each node, and behind a proxy by its file of `deploy/`, which must not answer in the nodes' place.
 *
 *     node test/operations/fault-database.ts silent|crash|promotion [haproxy|nginx]
 */
import { setTimeout as pause } from "node:timers/promises";
import type { PostgresCluster, StandbyCluster } from "../support/postgres-cluster.ts";
import { install } from "./installation.ts";
import { failed, keepAsking, secondsUntilGood, slowestAnswer, told } from "./sampler.ts";

const fault = process.argv[2];
if (fault !== "silent" && fault !== "crash" && fault !== "promotion") {
  throw new Error("give silent, crash or promotion");
}
const [, , , proxy] = process.argv;
if (proxy !== undefined && proxy !== "haproxy" && proxy !== "nginx") {
  throw new Error("give haproxy, nginx or nothing");
}
const names = ["one", "two", "three"];
const faultSeconds = Number(process.env["STAGE_SECONDS"] ?? 15);
let standby: StandbyCluster | undefined;

const withStandby = async (cluster: PostgresCluster) => {
  standby = await cluster.standby();
  const hosts = [cluster, standby].map(({ port }) => `127.0.0.1:${String(port)}`).join(",");
  return `postgres://postgres@${hosts}/postgres?target_session_attrs=read-write`;
};
const installation = await install({
  nodes: names,
  ...(proxy && { proxy }),
  ...(fault === "promotion" ? { databaseUrl: withStandby } : {}),
});

try {
  const nodes = names.map((name) => `http://127.0.0.1:${String(installation.ports[name])}`);
  const bases = proxy ? [installation.issuer] : nodes;
  // What a standby was not told yet is lost with its primary: who signs in at that moment begins again.
  const signIns = proxy && fault !== "promotion" ? 2 : 0;
  const load = keepAsking(installation, bases, { atOnce: 12, signIns });
  await pause(3000);
  const begin = performance.now();
  const ready: number[] = [];
  await injected(async () => {
    await pause(4000);
    for (const base of nodes) ready.push((await fetch(`${base}/readyz`)).status);
    await pause((faultSeconds - 4) * 1000);
  });
  const healed = performance.now();
  await pause(12_000);
  const samples = await load.end();
  const untilGood = secondsUntilGood(samples, healed);
  console.log(
    [
      `${fault}${proxy ? ` behind ${proxy}` : ""}: before ${told(samples, 0, begin)}`,
      `during ${((healed - begin) / 1000).toFixed(1)} s: ${told(samples, begin, healed)}; /readyz said ${ready.join(", ") || "nothing"}`,
      `after: ${told(samples, healed)}; all good ${untilGood.toFixed(1)} s after the end`,
    ].join("\n  "),
  );
  // A connection that broke in the middle of a request is a fault of that moment: it must be an answer all the same.
  const bad = failed(samples);
  if (bad.length > 0)
    throw new Error(`${String(bad.length)} failed:\n${bad.slice(0, 10).join("\n")}`);
  if (slowestAnswer(samples) > 5500) throw new Error("an answer took longer than 5 s");
  if (untilGood > (fault === "promotion" ? 10 : 5)) throw new Error("it did not heal in time");
  if (fault === "silent" && ready.some((status) => status !== 503)) {
    throw new Error("/readyz said that a node was ready");
  }
} finally {
  await installation.remove();
  await standby?.remove();
}

/** @param meanwhile while the fault lasts; a promotion ends by itself */
async function injected(meanwhile: () => Promise<void>): Promise<void> {
  const { cluster } = installation;
  if (fault === "silent") {
    cluster.freeze();
    await meanwhile();
    cluster.thaw();
  } else if (fault === "crash") {
    for (let turn = 0; turn < 3; turn += 1) {
      await cluster.restart("immediate");
      await pause(2000);
    }
  } else {
    await cluster.stop();
    await standby?.promote();
  }
}
