/**
 * The clock of one of two nodes is set wrong under load, by five minutes and by 800 days, and put right again. It takes itself
 * out of service and does nothing; nothing is erased, nobody is written to, and clients see the other node: behind haproxy, which
 * asks `/readyz`, and behind nginx, which asks nobody and is told by the answers themselves.
 *
 *     node test/operations/fault-clock.ts haproxy|nginx
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { waitFor } from "../support/wait-for.ts";
import { install } from "./installation.ts";
import { failed, keepAsking, told } from "./sampler.ts";

const folder = mkdtempSync(join(tmpdir(), "lopauth-clock-"));
const clockFile = join(folder, "seconds");
const set = (seconds: number) => {
  writeFileSync(clockFile, String(seconds));
};
set(0);
const preload = fileURLToPath(new URL("wrong-clock.ts", import.meta.url));
const proxy = process.argv[2] ?? "haproxy";
if (proxy !== "haproxy" && proxy !== "nginx") throw new Error("give haproxy or nginx");
const installation = await install({ nodes: ["right", "wrong"], proxy });
const database = new pg.Client({ connectionString: installation.cluster.url });

try {
  await database.connect();
  await installation.node("wrong").stop();
  const node = await installation.start("wrong", {
    NODE_OPTIONS: `--import ${preload}`,
    WRONG_CLOCK: clockFile,
  });
  const ready = () => fetch(`http://127.0.0.1:${String(node.port)}/readyz`);
  const before = await counted();
  const letters = installation.smtp.messages.length;
  for (const [how, seconds] of [
    ["five minutes ahead", 300],
    ["800 days ahead", 800 * 86_400],
    ["an hour behind", -3600],
  ] as const) {
    const load = keepAsking(installation, [installation.issuer]);
    await pause(1000);
    const begin = performance.now();
    set(seconds);
    await waitFor("the node to be unready", async () => (await ready()).status === 503, 40);
    const noticed = (performance.now() - begin) / 1000;
    const out = performance.now() + 1000;
    // Longer than any job that destroys waits for its first run after a start, which is a minute.
    await pause(Number(process.env["STAGE_SECONDS"] ?? 65) * 1000);
    const why = await (await ready()).text();
    set(0);
    await waitFor("the node to be ready", async () => (await ready()).ok, 40);
    const samples = await load.end();
    // Everything but a POST is asked of the other node; a POST is answered honestly, and not repeated.
    const late = samples.filter(({ at, kind, what }) => {
      return at >= out && kind === "later" && !what.startsWith("POST");
    });
    if (late.length > 0) throw new Error(`${how}: ${String(late.length)} were told to come later`);
    console.log(
      `${how}, behind ${proxy}: unready after ${noticed.toFixed(1)} s (${why.trim()}); meanwhile ${told(samples, begin, out)}; then ${told(samples, out)}`,
    );
    // What the node gave out in its last second bears its clock: a token that has ended is refreshed.
    const bad = failed(samples, out);
    if (bad.length > installation.people.length)
      throw new Error(`${how}: ${bad.slice(0, 10).join("\n")}`);
  }
  const after = await counted();
  console.log(`rows before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  for (const [table, count] of Object.entries(before)) {
    if ((after[table] ?? 0) < count) throw new Error(`${table} lost rows`);
  }
  if (installation.smtp.messages.length !== letters) throw new Error("somebody was written to");
} finally {
  await database.end();
  await installation.remove();
  rmSync(folder, { recursive: true, force: true });
}

/** What a wrong clock would erase; sessions and grants only, for an interaction may rightly expire. */
async function counted(): Promise<Record<string, number>> {
  const { rows } = await database.query<{ name: string; count: number }>(
    `SELECT 'sessions' AS name, count(*)::int FROM artifacts WHERE model = 'Session'
     UNION ALL SELECT 'refresh tokens', count(*)::int FROM artifacts WHERE model = 'RefreshToken'
     UNION ALL SELECT 'accounts', count(*)::int FROM accounts
     UNION ALL SELECT 'audit', count(*)::int FROM audit_events`,
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}
