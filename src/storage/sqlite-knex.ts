import knex, { type Knex } from "knex";
import type { Database as Connection } from "sqlite3";
import { busyPatience } from "./busy-patience.ts";
import type { DatabaseFault } from "./database-fault.ts";
import { keepStatements } from "./kept-statements.ts";
import { knexDefaults } from "./knex-defaults.ts";
import type { PoolState } from "./pools.ts";

/**
 * One connection: SQLite has one writer, and a second would only meet SQLITE_BUSY.
 * @param fault why nothing may be asked at the moment
 */
export function sqliteKnex(
  filename: string,
  busyMilliseconds: number,
  fault: () => DatabaseFault | undefined,
): Knex {
  let opened: Connection | undefined;
  const database = knex({
    client: "sqlite3",
    connection: { filename },
    useNullAsDefault: true,
    ...knexDefaults,
    pool: { min: 1, max: 1, afterCreate: setPragmas(busyMilliseconds, (made) => (opened = made)) },
    acquireConnectionTimeout: 60_000,
  });
  const patience = busyPatience(busyMilliseconds, (wait) => opened?.configure("busyTimeout", wait));
  // An error of who listens is the statement's own. What stands in a transaction was judged when it began.
  database.on("query", ({ __knexTxId }: { readonly __knexTxId?: string }) => {
    const met = __knexTxId === undefined ? fault() : undefined;
    if (met) throw met;
  });
  database.on("query-error", patience.met);
  database.on("query-response", (_rows: unknown, { sql }: { readonly sql: string }) => {
    if (writes.test(sql)) patience.through();
  });
  return database;
}

/** A statement that needs the lock of writers, as our begin of a transaction does. */
const writes = /^\s*(?:begin|insert|update|delete|replace|with)\b/i;

/**
 * knex begins a deferred transaction. One that read before it wrote would fail with SQLITE_BUSY_SNAPSHOT when another
 * process (the command line beside the server) wrote in between; this one waits for the lock of writers, and holds it.
 */
const begin = new Map([["BEGIN;", "BEGIN IMMEDIATE;"]]);

function setPragmas(busyMilliseconds: number, made: (connection: Connection) => void) {
  return (
    connection: Connection,
    done: (error: Error | null, connection: unknown) => void,
  ): void => {
    made(connection);
    keepStatements(connection, begin);
    const pragmas = `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
      PRAGMA busy_timeout = ${busyMilliseconds};`;
    connection.exec(pragmas, (error) => done(error, connection));
  };
}

/** knex keeps the one connection in a pool of its own. */
export function sqlitePool({ client }: Knex): PoolState {
  const { pool } = client as { readonly pool: TarnPool };
  return {
    name: "register",
    used: pool.numUsed(),
    idle: pool.numFree(),
    waiting: pool.numPendingAcquires(),
  };
}

/** @see https://github.com/vincit/tarn.js */
interface TarnPool {
  readonly numUsed: () => number;
  readonly numFree: () => number;
  readonly numPendingAcquires: () => number;
}
