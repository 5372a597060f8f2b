import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * When an application last used what a person let it know. No foreign key: it is written some seconds after the use, when
 * the account may be gone.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("application_uses", (table) => {
    table.text("account_sub").notNullable();
    table.text("client_id").notNullable();
    table.bigInteger("last_used_at").notNullable().index("application_uses_last_used_at");
    table.primary(["account_sub", "client_id"]);
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("application_uses");
}
