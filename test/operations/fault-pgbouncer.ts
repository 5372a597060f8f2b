/**
 * Two nodes behind pgbouncer, in transaction or session mode, under load: a node is started anew and pgbouncer is restarted.
 * Everybody signs in, before and after; the start and `lopauth doctor` say which mode they met, and refuse that of single statements.
 *
 *     node test/operations/fault-pgbouncer.ts transaction|session
 */
import { setTimeout as pause } from "node:timers/promises";
import { thisCheckout } from "./builds.ts";
import { install } from "./installation.ts";
import { type Environment, lopauth, startNode } from "./node-process.ts";
import { freePort } from "../support/free-port.ts";
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
  if (!new RegExp(`poolerMode\\W+${mode}`).test(said)) throw new Error(`not told: ${said}`);
  await doctorSays(installation.environment(), `by way of a pooler in ${mode} mode`);
  await refusesStatements();
} finally {
  await installation.remove();
  await pooler?.stop();
}

async function doctorSays(environment: Environment, words: string): Promise<void> {
  // It ends with 1 when it found anything else amiss.
  const told = await lopauth(thisCheckout, environment, "doctor", "--json").catch(
    (error: unknown) => String((error as { stdout?: string }).stdout),
  );
  if (!told.includes(words)) throw new Error(`doctor does not say « ${words} »: ${told}`);
}

/** A pooler that lends a process for a statement has no transactions. */
async function refusesStatements(): Promise<void> {
  const wrong = await startPgbouncer(installation.cluster, "statement");
  try {
    const environment = installation.environment({ DATABASE_URL: wrong.url, JOBS: "off" });
    await doctorSays(environment, "a pooler in statement mode");
    const given = { name: "refused", port: await freePort(), environment };
    const started = await startNode(thisCheckout, given).then(
      async (node) => {
        await node.kill();
        return "it started";
      },
      (error: unknown) => String(error),
    );
    if (!started.includes("a pooler in statement mode")) throw new Error(started);
  } finally {
    await wrong.stop();
  }
}
