import type { Knex } from "knex";

/** What partners ask to be opened to them, and what staff decided. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("access_requests", (table) => {
    table.increments("id");
    table.integer("account_id").notNullable().references("id").inTable("accounts");
    // The SIRETs in order, between spaces: they are read as a whole and never joined.
    table.text("sirets").notNullable();
    table.text("message");
    table.text("client_id");
    table
      .text("state")
      .notNullable()
      .checkIn(["waiting", "accepted", "refused"], "access_requests_state");
    table.bigInteger("asked_at").notNullable();
    table.bigInteger("decided_at");
    table.text("decided_by");
    table.text("reason");
    table.check("(state = 'waiting') = (decided_at IS NULL)", {}, "access_requests_decided");
    table.index(["account_id", "id"], "access_requests_by_account");
    table.index(["state", "id"], "access_requests_by_state");
    table.index(["asked_at"], "access_requests_by_age");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("access_requests");
}
