/**
 * Storage: the door to the register, the durable database (SQLite or PostgreSQL, by `DATABASE_URL`).
 * It opens it, migrates it, runs transactions and prepares hot look-ups. The tables belong to the
 * rooms whose `*-store.ts` files speak SQL; the short-lived artifacts live elsewhere (`artifacts/`).
 */
export { Maintenance, MaintenanceFault, guardedDatabase, outageSentence } from "./maintenance.ts";
export { type Database, type Queryable, type Transaction, openDatabase } from "./database.ts";
export { observedDatabase } from "./observed-database.ts";
export { indexed } from "./indexed.ts";
export { hotStatement } from "./hot-statement.ts";
export { type Lookup } from "./lookup.ts";
export { sqliteVersion, thisBuild } from "./builds.ts";
export {
  type AfterMigrations,
  migrate,
  schemaProblem,
  schemaRefusal,
  schemaState,
  maySeeOlder,
} from "./migrations.ts";
export { type BusyPatience, busyPatience, isBusy } from "./busy-patience.ts";
export { closeToOthers, makePrivateFile, openToOthers } from "./private-files.ts";
export { SchemaError } from "./schema-error.ts";
export { refuseMissingRegister, sqliteFileProblem } from "./sqlite-file.ts";
export { backUpSqlite } from "./backup-store.ts";
export { wholeFile } from "./whole-file.ts";
export { DatabaseFault, databaseFault, isUndone } from "./database-fault.ts";
export { type Share, type Span, countOf, shareOf, someRows, spanOf } from "./some-rows.ts";
export { type DatabaseLimits, defaultLimits, PostgresServer } from "./postgres-server.ts";
export { type Prepared, type RunPrepared, openPrepared } from "./prepared.ts";
export { type MovedRows, holdsRows, isInUse, moveRows } from "./move-store.ts";
