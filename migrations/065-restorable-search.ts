import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

const signature = "FUNCTION establishment_words(name text, address text) RETURNS text";
const folded = String.raw`folded_words(regexp_replace(normalize(lower(
        coalesce(name, '') || ' ' || coalesce(address, '')), NFD), '[\u0300-\u036f]', '', 'g'))`;

/**
 * A dump is restored without a search path, and the text of 046 found its other function by it: `pg_restore` failed at the
 * index. As an expression (PostgreSQL 14) it is bound once, and a dump names it whole. What it answers is the same.
 */
export async function up(knex: Knex): Promise<void> {
  if (isSqlite(knex)) return;
  await knex.raw(replacing(`RETURN ${folded}`));
}

/** The text of 046 again. */
export async function down(knex: Knex): Promise<void> {
  if (isSqlite(knex)) return;
  await knex.raw(replacing(`AS $body$ SELECT ${folded} $body$`));
}

function replacing(body: string): string {
  return `CREATE OR REPLACE ${signature} LANGUAGE sql IMMUTABLE PARALLEL SAFE ${body}`;
}

function isSqlite(knex: Knex): boolean {
  return (knex.client as { dialect: string }).dialect === "sqlite3";
}
