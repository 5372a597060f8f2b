import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** Secrets of the register's own, made once and sealed: what identities derive from. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("kept_secrets", (table) => {
    table.text("name").primary();
    table.text("sealed").notNullable();
    table.bigInteger("created_at").notNullable();
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("kept_secrets");
}
