import type { Knex } from "knex";

/** What is counted: requests of a client address, failures of a sign-in; and the browsers known. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("rate_limits", (table) => {
    table.text("key").primary();
    table.integer("hits").notNullable();
    table.bigInteger("window_ends_at").notNullable().index();
  });
  await knex.schema.createTable("sign_in_failures", (table) => {
    table.text("key").primary();
    table.integer("failures").notNullable();
    table.bigInteger("last_failed_at").notNullable().index();
    table.bigInteger("delayed_until_at").notNullable();
  });
  await knex.schema.createTable("known_browsers", (table) => {
    table.text("account_sub").notNullable().references("accounts.sub").onDelete("CASCADE");
    table.text("digest").notNullable();
    table.bigInteger("created_at").notNullable();
    table.bigInteger("last_used_at").notNullable().index();
    table.primary(["account_sub", "digest"]);
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  for (const table of ["known_browsers", "sign_in_failures", "rate_limits"]) {
    await knex.schema.dropTable(table);
  }
}
