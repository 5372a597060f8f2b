import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { Database } from "./database.ts";
import { makePrivateFile } from "./private-files.ts";

/**
 * Runs `work` while no other process migrates this database; who comes second waits. knex's own lock
 * is a row of a table that on an empty database two processes make at once, and that a killed one never
 * gives back; the locks of the databases end with their holder.
 */
export function withMigrationLock<Result>(
  database: Database,
  work: () => Promise<Result>,
): Promise<Result> {
  return database.dialect === "sqlite" ? inFile(database, work) : inPostgres(database, work);
}

/**
 * A transaction's lock, not a session's: it holds behind a pooler of transactions too. One a schema. Who waits asks again and
 * again, in a new transaction each time: `CREATE INDEX CONCURRENTLY` waits for every transaction that had begun to look at
 * the database, one that waits for the lock of the migration itself, too, and both would wait for ever.
 */
async function inPostgres<Result>(
  database: Database,
  work: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    const done = await database.transaction(async (transaction) => {
      const { rows } = await transaction.raw<{ rows: { had: boolean }[] }>(
        "SELECT pg_try_advisory_xact_lock(hashtext('lopauth migrations'), hashtext(current_schema())) AS had",
      );
      return rows[0]?.had === true ? { result: await work() } : undefined;
    });
    if (done) return done.result;
    await pause(50);
  }
}

/** A file beside the register, held by SQLite's own locks. The register's would lock the work out. */
async function inFile<Result>(database: Database, work: () => Promise<Result>): Promise<Result> {
  const path = `${database.url.slice("sqlite:".length)}-migrating`;
  // Whoever may open it may hold it, and keep every migration waiting.
  makePrivateFile(path);
  const lock = new DatabaseSync(path);
  try {
    while (!isTaken(lock)) await pause(50);
    return await work();
  } finally {
    lock.close();
  }
}

function isTaken(lock: DatabaseSync): boolean {
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if ((error as { errcode?: unknown }).errcode === sqliteBusy) return false;
    throw error;
  }
}

/** @see https://www.sqlite.org/rescode.html#busy */
const sqliteBusy = 5;
