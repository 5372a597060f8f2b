/**
 * A restore, as docs/operations.md tells it, on a database of `sqlite` or `postgres`: a node is filled, copied while it
 * serves and lost; the copy is put in place, refused other keys (the audit's, too), verified against a head that was kept, served under
 * MAIL_GUARD, and moved to the other kind of database. Each step is timed; nothing is written to anybody.
 */
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { randomBytes } from "node:crypto";
import { thisCheckout } from "./builds.ts";
import { lopauth, startNode } from "./node-process.ts";
import { type Installation, install } from "./installation.ts";
import { signIn } from "./people.ts";

const kind = process.argv[2] === "sqlite" ? "sqlite" : "postgres";
const folder = mkdtempSync(join(tmpdir(), "lopauth-drill-"));
const steps: string[] = [];

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const begin = performance.now();
  const result = await work();
  steps.push(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${what}`);
  return result;
}

function check(what: string, isSo: boolean): void {
  if (!isSo) throw new Error(`not so: ${what}`);
}

const sqlite = `sqlite:${join(folder, "auth.sqlite3")}`;
const installation = await install({
  nodes: ["only"],
  people: 3,
  environment: { AUDIT_KEYS: randomBytes(32).toString("base64url") },
  ...(kind === "sqlite" && { databaseUrl: () => Promise.resolve(sqlite) }),
});
try {
  await drill(installation);
  process.stdout.write(`a restore on ${kind}\n${steps.join("\n")}\n`);
} finally {
  await installation.remove();
  rmSync(folder, { recursive: true, force: true });
}

async function drill({ environment, node, cluster, smtp, party, emails, ports }: Installation) {
  const url = kind === "sqlite" ? sqlite : cluster.url;
  const copy = join(folder, "copy");
  const headFile = join(folder, "head.json");
  const head = await lopauth(thisCheckout, environment(), "audit", "head", "--json");
  writeFileSync(headFile, head);
  await timed("the copy, beside a node that serves", () => makeCopy(url, copy));
  await node("only").kill();
  const restored = await timed("the copy, put in place", () => putInPlace(url, copy));
  const there = environment({ DATABASE_URL: restored, MAIL_GUARD: "drop", JOBS: "off" });
  await timed("lopauth migrate", () => lopauth(thisCheckout, there, "migrate"));
  const wrong = { ...there, ENCRYPTION_KEYS: randomBytes(32).toString("base64url") };
  const refusal = await lopauth(thisCheckout, wrong, "account", "list").catch(String);
  check("other keys are refused by their name", refusal.includes("ENCRYPTION_KEYS"));
  check("and what to do is said", refusal.includes("the key that was used before"));
  const otherAudit = { ...there, AUDIT_KEYS: randomBytes(32).toString("base64url") };
  const port = ports["only"] ?? 0;
  const refused = await startNode(thisCheckout, { name: "drill", port, environment: otherAudit })
    .then((started) => started.stop())
    .catch(String);
  check(
    "other keys of the audit are refused by their name",
    String(refused).includes("AUDIT_KEYS"),
  );
  check("and what to do is said", String(refused).includes("lopauth audit vouch"));
  await timed("lopauth audit verify --head", () =>
    lopauth(thisCheckout, there, "audit", "verify", "--head", headFile),
  );
  const before = smtp.messages.length;
  const [email = ""] = emails;
  await timed("a node that is ready, and a person who signs in", async () => {
    const served = await startNode(thisCheckout, {
      ...{ name: "drill", port: ports["only"] ?? 0, environment: { ...there, JOBS: "on" } },
    });
    await signIn(party, email);
    await lopauth(thisCheckout, there, "access", "open", email, "41816609600051");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await served.stop();
  });
  check("nobody was written to", smtp.messages.length === before);
  const target = kind === "sqlite" ? cluster.url : sqlite;
  await timed(`lopauth move to ${kind === "sqlite" ? "PostgreSQL" : "SQLite"}`, () =>
    lopauth(thisCheckout, there, "move", "--to", target),
  );
  const moved = await lopauth(
    thisCheckout,
    { ...there, DATABASE_URL: target },
    ...["access", "list", email, "--json"],
  );
  check("what was open is open", moved.includes("41816609600051"));
}

async function makeCopy(url: string, copy: string): Promise<void> {
  if (kind === "sqlite") {
    await lopauth(thisCheckout, installation.environment(), "backup", copy);
    return;
  }
  await run("pg_dump", "--format=custom", "--file", copy, "--dbname", url);
}

/** @returns the address of the database it is in */
async function putInPlace(url: string, copy: string): Promise<string> {
  if (kind === "sqlite") {
    const file = join(folder, "restored.sqlite3");
    copyFileSync(copy, file);
    return `sqlite:${file}`;
  }
  const restored = new URL(url);
  restored.pathname = "/restored";
  await run("psql", url, "-qc", "CREATE DATABASE restored TEMPLATE template0 ENCODING 'UTF8'");
  await run("pg_restore", "--exit-on-error", "--no-owner", "--dbname", restored.href, copy);
  return restored.href;
}

async function run(program: string, ...words: string[]): Promise<void> {
  await promisify(execFile)(program, words);
}
