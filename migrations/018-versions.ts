import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * What each migration asks of the builds that run behind it, and the form of what is stored for a build
 * of another day: a letter or a notice that waits, a line of the audit.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("schema_versions", (table) => {
    table.text("migration").primary();
    table.text("oldest_build").notNullable();
    table.text("applied_by").notNullable();
  });
  for (const table of ["outbox", "audit_events"]) {
    // A constant default: no row is written, on neither database.
    await knex.raw(`ALTER TABLE ${table} ADD COLUMN form INTEGER NOT NULL DEFAULT 1`);
  }
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  for (const table of ["audit_events", "outbox"]) {
    await knex.raw(`ALTER TABLE ${table} DROP COLUMN form`);
  }
  await knex.schema.dropTable("schema_versions");
}
