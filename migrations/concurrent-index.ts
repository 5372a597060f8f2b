import type { Knex } from "knex";

/**
 * Makes an index while others write the table: on PostgreSQL `CONCURRENTLY`, which allows no transaction,
 * so the migration says `config = { transaction: false }` and does nothing else. One that was broken off
 * leaves an index that is not valid; it is made anew.
 * @param definition what stands behind the name, for example `ON audit_events (event, seq)`
 */
export async function createIndex(knex: Knex, name: string, definition: string): Promise<void> {
  if ((knex.client as { dialect: string }).dialect === "sqlite3") {
    await knex.raw(`CREATE INDEX IF NOT EXISTS ${name} ${definition}`);
    return;
  }
  const { rows } = await knex.raw<{ rows: unknown[] }>(
    "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(?) AND NOT indisvalid",
    [name],
  );
  if (rows.length > 0) await knex.raw(`DROP INDEX CONCURRENTLY ${name}`);
  await knex.raw(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${name} ${definition}`);
}
