import type { Knex } from "knex";
import { createIndex } from "./concurrent-index.ts";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** Indexes made while others write allow no transaction. */
export const config = { transaction: false };

/** PostgreSQL's indexes of the search; on SQLite the tables of the migration before are the index. */
export async function up(knex: Knex): Promise<void> {
  if (isSqlite(knex)) return;
  // Without fastupdate no search pays for what was written since the last vacuum.
  const as = (words: string) => `USING gin (account_trigrams(${words})) WITH (fastupdate = off)`;
  await createIndex(
    knex,
    "accounts_by_folded_words",
    `ON accounts ${as("folded_words(search_words)")}`,
  );
  await createIndex(
    knex,
    "establishments_by_words",
    `ON establishments ${as("establishment_words(name, address)")}`,
  );
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  if (isSqlite(knex)) return;
  await knex.raw("DROP INDEX IF EXISTS accounts_by_folded_words");
  await knex.raw("DROP INDEX IF EXISTS establishments_by_words");
}

function isSqlite(knex: Knex): boolean {
  return (knex.client as { dialect: string }).dialect === "sqlite3";
}
