import type { Knex } from "knex";

/** Accounts, sign-ups that wait for their validation, mailed links, and letters asked for. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("accounts", (table) => {
    table.increments("id");
    table.text("sub").notNullable().unique();
    table.text("email").unique();
    table.text("given_name").notNullable();
    table.text("family_name").notNullable();
    table.text("locale").notNullable();
    table.text("password_hash");
    table.text("state").notNullable().checkIn(["active", "disabled", "deleted"], "accounts_state");
    table.text("role").checkIn(["reader", "agent", "admin"], "accounts_role");
    table.text("client_id");
    table.bigInteger("email_verified_at").notNullable();
    table.bigInteger("credentials_changed_at").notNullable();
    table.bigInteger("created_at").notNullable();
    table.bigInteger("updated_at").notNullable();
  });
  await knex.schema.createTable("pending_sign_ups", (table) => {
    table.text("id").primary();
    table.text("email").notNullable().index();
    table.text("given_name").notNullable();
    table.text("family_name").notNullable();
    table.text("locale").notNullable();
    table.text("password_hash").notNullable();
    table.text("client_id");
    table.text("browser_digest").notNullable();
    table.bigInteger("letter_asked_at").notNullable();
    table.bigInteger("created_at").notNullable();
    table.bigInteger("expires_at").notNullable().index();
  });
  await knex.schema.createTable("one_time_tokens", (table) => {
    table.text("digest").primary();
    table.text("purpose").notNullable().checkIn(["validation", "recovery"], "token_purpose");
    table.text("email").notNullable();
    table.text("pending_sign_up_id").index();
    table.integer("account_id").references("accounts.id").onDelete("CASCADE").index();
    table.text("client_id");
    table.bigInteger("created_at").notNullable();
    table.bigInteger("expires_at").notNullable().index();
    table.bigInteger("consumed_at");
    table.bigInteger("superseded_at");
  });
  await knex.schema.createTable("letter_requests", (table) => {
    table.text("id").primary();
    table.text("purpose").notNullable().checkIn(["validation", "recovery"], "letter_purpose");
    table.text("email").notNullable();
    table.text("pending_sign_up_id");
    table.text("client_id");
    table.text("locale").notNullable();
    table.bigInteger("created_at").notNullable();
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  for (const table of ["letter_requests", "one_time_tokens", "pending_sign_ups", "accounts"]) {
    await knex.schema.dropTable(table);
  }
}
