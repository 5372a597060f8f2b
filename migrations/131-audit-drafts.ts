import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * Events of acts that are written, and have no place in the chain yet: a row for each hundred of an act, for as long as its
 * process lives a moment, and else until another finds it. No foreign key: it is about whoever the events are.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("audit_drafts", (table) => {
    table.text("id").primary();
    // JSON, as they will stand in the chain.
    table.text("drafts").notNullable();
    table.bigInteger("created_at").notNullable().index("audit_drafts_created_at");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("audit_drafts");
}
