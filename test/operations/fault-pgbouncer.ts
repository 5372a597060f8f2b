/**
 * Two nodes behind pgbouncer, in transaction or session mode, under load: a node is started anew and pgbouncer is restarted.
 * Everybody signs in, before and after, and each node says which mode it met.
 *
 *     node test/operations/fault-pgbouncer.ts transaction|session
 */
import { setTimeout as pause } from "node:timers/promises";
import { install } from "./installation.ts";
import { signIn } from "./people.ts";
import { type Pgbouncer, startPgbouncer } from "./pgbouncer.ts";
import { failed, keepAsking, secondsUntilGood, told } from "./sampler.ts";

const mode = process.argv[2];
if (mode !== "transaction" && mode !== "session") throw new Error("give transaction or session");

let pooler: Pgbouncer | undefined;
const installation = await install({
  nodes: ["one", "two"],
  databaseUrl: async (cluster) => (pooler = await startPgbouncer(cluster, mode)).url,
});
try {
  const bases = Object.values(installation.ports).map((port) => `http://127.0.0.1:${String(port)}`);
  const load = keepAsking(installation, bases);
  await pause(4000);
  await installation.node("two").stop();
  const stopped = performance.now();
  await installation.start("two");
  const started = performance.now();
  await pause(4000);
  const restarting = performance.now();
  await pooler?.restart();
  await pause(10_000);
  const samples = await load.end();
  // Of a node that is not there nobody can ask anything: only what the other one said counts.
  const [, gone = ""] = bases;
  const counted = samples.filter(
    ({ at, what }) => at < stopped - 10_000 || at > started || !what.includes(gone),
  );
  for (const email of installation.emails) await signIn(installation.party, email);
  const untilGood = secondsUntilGood(counted, restarting);
  console.log(
    `${mode}: ${told(counted, 0, restarting)}; pgbouncer restarted: ${told(counted, restarting)}, all good after ${untilGood.toFixed(1)} s; ${String(installation.emails.length)} people signed in`,
  );
  const bad = failed(counted);
  if (bad.length > 0) throw new Error(bad.slice(0, 10).join("\n"));
  if (untilGood > 5) throw new Error("it did not heal within five seconds");
  const said = installation.node("two").output.join("");
  if (mode === "transaction" && !said.includes("pooler")) {
    throw new Error("the start did not say that a pooler stands in between");
  }
} finally {
  await installation.remove();
  await pooler?.stop();
}
