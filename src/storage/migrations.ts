import { readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Knex } from "knex";
import { isBuildSince, thisBuild } from "./builds.ts";
import { type Database, type Queryable, openDatabase } from "./database.ts";
import { withMigrationLock } from "./migration-lock.ts";
import { type SchemaVersion, SchemaVersionStore } from "./schema-version-store.ts";
import { refuseOtherEncoding } from "./server-encoding.ts";

/** One file of `migrations/`. */
interface MigrationModule {
  readonly up: (knex: Knex) => Promise<void>;
  readonly down: (knex: Knex) => Promise<void>;
  /** `{ transaction: false }` where a statement allows none (`CREATE INDEX CONCURRENTLY`). */
  readonly config?: { readonly transaction: boolean };
  /** The oldest build that works on the schema behind this migration. From 018 on each says it. */
  readonly oldestBuild?: string;
}

/** By the name of a migration: what is done in its transaction, once it is applied, and never again. */
export type AfterMigrations = Readonly<Record<string, (knex: Queryable) => Promise<void>>>;

/** How a database and this build go together. */
export interface SchemaState {
  /** Migrations that this build needs and the database has not, in order. */
  readonly pending: readonly string[];
  /** Migrations of a newer build that do not say that this one may run behind them. */
  readonly foreign: readonly string[];
  /** The oldest build that the newer migrations ask for, where they say so. */
  readonly oldestBuild: string | undefined;
}

const folder = fileURLToPath(new URL("../../migrations", import.meta.url));
const tableName = "migrations";

/**
 * A table that traffic holds longer than this is let go and tried again: who waits for a lock holds up all behind, and a
 * request waits for two seconds (`DATABASE_TIMEOUT`).
 */
const lockTimeoutSeconds = 1;
const triesForLocks = 30;

/**
 * Applies every pending migration, each in a transaction, while no other process does. Those of a newer
 * build, which this one does not know, are left alone.
 * @param after what a room does once, in the transaction of a migration, where it needs more than the schema
 * @returns the names of those applied now, in order; empty when there was none.
 * @throws SchemaError when the database is in an encoding that cannot hold every name
 */
export async function migrate(database: Database, after: AfterMigrations = {}): Promise<string[]> {
  if (database.dialect === "sqlite") return applyAll(database, after);
  // A migration takes as long as it takes: a column is filled, an index built.
  const patient = openDatabase(database.url, { connections: 4, timeoutSeconds: undefined });
  try {
    return await applyAll(patient, after);
  } finally {
    await patient.close();
  }
}

function applyAll(database: Database, after: AfterMigrations): Promise<string[]> {
  return withMigrationLock(database, async () => {
    const { pending } = await schemaState(database);
    await refuseOtherEncoding(database, pending.length === migrationNames().length);
    await makeOwnTables(database.knex);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await applyPending(database, after);
        return [...pending];
      } catch (error) {
        if (!isLockTimeout(error) || attempt === triesForLocks) throw error;
        await pause(attempt * 100);
      }
    }
  });
}

/** Whether this build may work on this database, and what is missing. */
export async function schemaState(database: Database): Promise<SchemaState> {
  const known = migrationNames();
  const store = new SchemaVersionStore(database.knex);
  const applied = new Set(await store.applied(tableName));
  const pending = known.filter((name) => !applied.has(name));
  const newer = [...applied].filter((name) => !known.includes(name));
  if (newer.length === 0) return { pending, foreign: [], oldestBuild: undefined };
  const said = await store.of(newer);
  return { pending, ...judged(newer, said) };
}

/**
 * Whether a build older than that may serve beside this one: it once kept this database. One that a later build made has
 * never known it.
 */
export async function maySeeOlder(database: Database, olderThan: string): Promise<boolean> {
  const appliers = await new SchemaVersionStore(database.knex).appliers();
  return appliers.some((build) => !isBuildSince(build, olderThan));
}

/** Why this build may not work on the database, and what to do; undefined when it may. */
export function schemaProblem({
  pending,
  foreign,
  oldestBuild,
}: SchemaState): { readonly found: string; readonly advice: string } | undefined {
  if (foreign.length > 0) {
    const found = `${foreign.join(", ")}, which this build (${thisBuild}) does not know`;
    const who = oldestBuild === undefined ? "a newer build" : `build ${oldestBuild} or a newer one`;
    return { found: `a database that has ${found}`, advice: `start ${who}` };
  }
  if (pending.length === 0) return undefined;
  const advice = 'run "lopauth migrate" first';
  return { found: `a database that lacks ${pending.join(", ")}`, advice };
}

/** The same as a clause, for a sentence that goes on. */
export function schemaRefusal(state: SchemaState): string | undefined {
  const problem = schemaProblem(state);
  return (
    problem && `${problem.found.replace("a database that", "the database")}: ${problem.advice}`
  );
}

function judged(
  newer: readonly string[],
  said: readonly SchemaVersion[],
): Pick<SchemaState, "foreign" | "oldestBuild"> {
  const saidOf = new Map(said.map(({ migration, oldestBuild }) => [migration, oldestBuild]));
  const foreign = newer.filter((name) => {
    const oldest = saidOf.get(name);
    return oldest === undefined || !isBuildSince(thisBuild, oldest);
  });
  const oldestBuild = said
    .map((version) => version.oldestBuild)
    .reduce<string | undefined>(
      (newest, build) => (newest !== undefined && isBuildSince(newest, build) ? newest : build),
      undefined,
    );
  return { foreign, oldestBuild: foreign.length > 0 ? oldestBuild : undefined };
}

/** knex's two tables, which older builds go by: where its own lock was left by one that was killed, nobody else can hold it now. */
async function makeOwnTables(knex: Knex): Promise<void> {
  const migrationSource = {
    getMigrations: () => Promise.resolve([]),
    getMigrationName: String,
    getMigration: () => Promise.reject(new Error("there is none")),
  };
  const settings = { tableName, migrationSource, disableMigrationsListValidation: true };
  await knex.migrate.list(settings);
  await knex.migrate.forceFreeMigrationsLock({ tableName });
}

async function applyPending(database: Database, after: AfterMigrations): Promise<void> {
  const { pending } = await schemaState(database);
  const store = new SchemaVersionStore(database.knex);
  const batch = (await store.lastBatch(tableName)) + 1;
  for (const name of pending) {
    try {
      await applyOne(database, name, { batch, after });
    } catch (error) {
      if (error instanceof Error) error.message = `the migration ${name} failed: ${error.message}`;
      throw error;
    }
  }
}

/**
 * Applies a migration and says so in one transaction. knex says so behind it: who was killed in between had a database with the
 * tables and without the word, on which no build could go on.
 */
async function applyOne(
  database: Database,
  name: string,
  { batch, after }: { readonly batch: number; readonly after: AfterMigrations },
): Promise<void> {
  const module = (await import(pathToFileURL(`${folder}/${name}`).href)) as MigrationModule;
  const inTransaction = module.config?.transaction !== false;
  const apply = async (knex: Knex) => {
    if (database.dialect === "postgres" && inTransaction) await limitLocks(knex);
    await module.up(knex);
    await after[name]?.(knex);
    await declare(knex, name, module.oldestBuild);
    await new SchemaVersionStore(knex).noteApplied(tableName, { name, batch });
  };
  await (inTransaction ? database.knex.transaction(apply) : apply(database.knex));
}

async function limitLocks(knex: Knex): Promise<void> {
  await knex.raw(`SET LOCAL lock_timeout = '${String(lockTimeoutSeconds)}s'`);
}

async function declare(
  knex: Queryable,
  migration: string,
  oldestBuild: string | undefined,
): Promise<void> {
  // Those before 018 stand behind a build that starts on nothing newer: they have nothing to say.
  if (oldestBuild === undefined) return;
  await new SchemaVersionStore(knex).keep({ migration, oldestBuild, appliedBy: thisBuild });
}

/** The files, in their order; what stands beside them (a table of checksums) is none. */
function migrationNames(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => /^\d{3}-[a-z0-9-]+\.ts$/.test(name))
    .sort();
}

function isLockTimeout(error: unknown): boolean {
  return (error as { code?: unknown }).code === "55P03";
}
