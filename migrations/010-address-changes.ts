import type { Knex } from "knex";

/** Changes of address that wait for the new one's validation: at most one an account. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("address_changes", (table) => {
    table.text("account_sub").primary();
    table.text("digest").notNullable().unique();
    table.text("email").notNullable();
    table.bigInteger("created_at").notNullable();
    table.bigInteger("expires_at").notNullable().index();
    table.bigInteger("consumed_at");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("address_changes");
}
