import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** Forms of the back office that wait until their person has confirmed who they are. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("kept_forms", (table) => {
    table.text("id_digest").primary();
    table.text("account_sub").notNullable().index();
    table.text("sealed").notNullable();
    table.bigInteger("expires_at").notNullable().index();
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("kept_forms");
}
