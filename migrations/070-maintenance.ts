import type { Knex } from "knex";

/** The oldest build that works behind this migration. It does not know the mode: it writes on. */
export const oldestBuild = "0.2.0";

/** Until when the register only reads: one row while it does, none else. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("maintenance", (table) => {
    table.integer("id").primary();
    table.bigInteger("since_at").notNullable();
    table.bigInteger("until_at").notNullable();
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("maintenance");
}
