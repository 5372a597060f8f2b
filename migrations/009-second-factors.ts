import type { Knex } from "knex";

/** Second factors by the `sub` of their account: an authenticator application, passkeys, recovery codes. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("totp_factors", (table) => {
    table.text("account_sub").primary();
    table.text("secret").notNullable();
    // The last time step whose code was used: no code of it or of an earlier one is taken again.
    table.bigInteger("last_step").notNullable();
    table.bigInteger("created_at").notNullable();
  });
  await knex.schema.createTable("recovery_codes", (table) => {
    table.text("digest").primary();
    table.text("account_sub").notNullable().index();
    table.bigInteger("created_at").notNullable();
    table.bigInteger("used_at");
  });
  await knex.schema.createTable("passkeys", (table) => {
    table.text("credential_id").primary();
    table.text("account_sub").notNullable().index();
    table.text("public_key").notNullable();
    table.bigInteger("counter").notNullable();
    table.boolean("synchronised").notNullable();
    table.text("transports").notNullable();
    table.text("name").notNullable();
    table.bigInteger("created_at").notNullable();
    table.bigInteger("last_used_at");
  });
  await knex.schema.createTable("used_challenges", (table) => {
    table.text("digest").primary();
    table.bigInteger("expires_at").notNullable().index();
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  for (const table of ["used_challenges", "passkeys", "recovery_codes", "totp_factors"]) {
    await knex.schema.dropTable(table);
  }
}
