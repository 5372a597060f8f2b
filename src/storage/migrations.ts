import { fileURLToPath } from "node:url";
import type { Database } from "./database.ts";

const configuration = {
  directory: fileURLToPath(new URL("../../migrations", import.meta.url)),
  loadExtensions: [".ts"],
  tableName: "migrations",
};

/**
 * Applies every pending migration, each in a transaction, under knex's lock.
 * @returns the names of those applied now, in order; empty when there was none.
 */
export async function migrate(database: Database): Promise<string[]> {
  const [, applied] = (await database.knex.migrate.latest(configuration)) as [number, string[]];
  return applied;
}

/** The names of the migrations that this code needs and this database has not. */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const [, pending] = (await database.knex.migrate.list(configuration)) as [
    unknown,
    { file: string }[],
  ];
  return pending.map((migration) => migration.file);
}
