import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { Database } from "./database.ts";

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

/** A transaction's lock, not a session's: it holds behind a pooler of transactions too. One a schema. */
function inPostgres<Result>(database: Database, work: () => Promise<Result>): Promise<Result> {
  return database.transaction(async (transaction) => {
    await transaction.raw(
      "SELECT pg_advisory_xact_lock(hashtext('lopauth migrations'), hashtext(current_schema()))",
    );
    return work();
  });
}

/** A file beside the register, held by SQLite's own locks. The register's would lock the work out. */
async function inFile<Result>(database: Database, work: () => Promise<Result>): Promise<Result> {
  const lock = new DatabaseSync(`${database.url.slice("sqlite:".length)}-migrating`);
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
