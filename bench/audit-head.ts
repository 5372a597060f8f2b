/**
 * How many events a second several processes append to one audit on PostgreSQL, each with so many requests at once that
 * wait for their event, how many appends were chained anew because another process was faster, and the CPU an event takes of
 * all nodes and of the database: that holds on a busy machine, where events a second do not.
 *
 *     node bench/audit-head.ts [PROCESSES] [SECONDS] [on|off]     (fsync)
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { createAudit } from "../src/audit/audit.ts";
import { createChainKeys } from "../src/audit/chain-keys.ts";
import { createEncryption, systemClock, systemRandom } from "../src/foundation/index.ts";
import { keptSecrets } from "../src/secrets/index.ts";
import { type Queryable, migrate, openDatabase } from "../src/storage/index.ts";
import { makeCluster } from "../test/support/postgres-cluster.ts";
import { cpuMilliseconds, rounded } from "./measure.ts";

/** Requests of a process that wait for their event. */
const atOnce = 40;
const encryptionKeys = [Buffer.alloc(32, 5)];
const [processes = "2", seconds = "10", fsync = "on"] = process.argv.slice(2);

if (process.send) await appendForAWhile(process.env["AUDIT_DATABASE"] ?? "");
else await measure();

async function appendForAWhile(url: string): Promise<void> {
  const database = openDatabase(url);
  const audit = auditOf(database);
  let retries = 0;
  database.knex.on("query-error", (error: Error) => {
    if (error.message.includes("audit head moved")) retries += 1;
  });
  await audit.append({ name: "signed-in", outcome: "accepted" });
  process.send?.("ready");
  await once(process, "message");
  const cpuBefore = process.cpuUsage();
  const end = performance.now() + Number(seconds) * 1000;
  let events = 0;
  let slowest = 0;
  const one = async () => {
    while (performance.now() < end) {
      const begin = performance.now();
      await audit.append({
        ...{ name: "signed-in", outcome: "accepted", clientId: "bench" },
        ...{ subject: { sub: "bench" }, clientAddress: "192.0.2.1" },
      });
      events += 1;
      slowest = Math.max(slowest, performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  const { user, system } = process.cpuUsage(cpuBefore);
  process.send?.({ events, retries, slowest, cpu: (user + system) / 1000 });
  // The database's processes are looked at before they end.
  await once(process, "message");
  await database.close();
  process.disconnect();
}

async function measure(): Promise<void> {
  const cluster = await makeCluster();
  try {
    const database = openDatabase(cluster.url);
    await migrate(database);
    await database.knex.raw(`ALTER SYSTEM SET fsync = ${fsync === "on" ? "on" : "off"}`);
    await database.knex.raw("SELECT pg_reload_conf()");
    await pause(500);
    const children = Array.from({ length: Number(processes) }, () =>
      fork(import.meta.filename, process.argv.slice(2), {
        env: { ...process.env, AUDIT_DATABASE: cluster.url },
      }),
    );
    await Promise.all(children.map((child) => once(child, "message")));
    const pids = await backends(database);
    const databaseCpu = () => pids.reduce((sum, pid) => sum + cpuMilliseconds(pid), 0);
    const cpuBefore = databaseCpu();
    for (const child of children) child.send("go");
    const told = await Promise.all(
      children.map(async (child) => ((await once(child, "message")) as [Told])[0]),
    );
    const databaseUsed = databaseCpu() - cpuBefore;
    for (const child of children) child.send("end");
    const sum = (of: (each: Told) => number) => told.reduce((all, each) => all + of(each), 0);
    const verified = await auditOf(database).verify();
    if (!verified.intact) throw new Error("the chain is broken");
    console.log(
      JSON.stringify({
        ...{ workload: "audit-head", processes: Number(processes), fsync },
        eventsASecond: Math.round(sum(({ events }) => events) / Number(seconds)),
        each: told.map(({ events }) => events),
        nodesCpuMicroseconds: rounded(
          (1000 * sum(({ cpu }) => cpu)) / sum(({ events }) => events),
          0,
        ),
        databaseCpuMicroseconds: rounded((1000 * databaseUsed) / sum(({ events }) => events), 0),
        retries: sum(({ retries }) => retries),
        slowestMilliseconds: Math.round(Math.max(...told.map(({ slowest }) => slowest))),
      }),
    );
    await database.close();
  } finally {
    await cluster.remove();
  }
}

/** Every process of the server that is there, those that write its log included. */
async function backends(database: ReturnType<typeof openDatabase>): Promise<number[]> {
  const { rows } = await database.knex.raw<{ rows: { pid: number }[] }>(
    "SELECT pid FROM pg_stat_activity",
  );
  return rows.map(({ pid }) => pid);
}

interface Told {
  readonly events: number;
  readonly retries: number;
  readonly slowest: number;
  /** Milliseconds. */
  readonly cpu: number;
}

function auditOf(database: ReturnType<typeof openDatabase>) {
  const encryption = createEncryption(encryptionKeys, systemRandom);
  return createAudit({
    ...{ database, clock: systemClock, random: systemRandom, referenceKey: "key" },
    keys: createChainKeys({ auditKeys: [], encryptionKeys }),
    kept: (db: Queryable) => keptSecrets(db, { encryption, clock: systemClock }),
    logger: { error: () => undefined },
  });
}
