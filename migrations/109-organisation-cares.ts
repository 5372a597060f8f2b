import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** Who has the care of an organisation, and what they ask of staff for their colleagues. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("organisation_cares", (table) => {
    table.increments("id");
    table.integer("account_id").notNullable().references("id").inTable("accounts");
    table.text("siren").notNullable();
    table.bigInteger("given_at").notNullable();
    table.text("given_by").notNullable();
    table.text("reason");
    table.bigInteger("ended_at");
    table.text("ended_by");
    table.index(["ended_at"], "organisation_cares_by_end");
  });
  // This index decides that an account has the care of an organisation once.
  await knex.raw(
    "CREATE UNIQUE INDEX organisation_cares_one_open ON organisation_cares (account_id, siren) WHERE ended_at IS NULL",
  );
  await knex.schema.createTable("colleague_requests", (table) => {
    table.increments("id");
    table.integer("account_id").notNullable().references("id").inTable("accounts");
    table.text("siren").notNullable();
    table.text("kind").notNullable().checkIn(["open", "close"], "colleague_requests_kind");
    // null once it is erased: who it was about is forgotten, what was decided is kept.
    table.text("email");
    table.text("siret").notNullable();
    table.text("message");
    table
      .text("state")
      .notNullable()
      .checkIn(["waiting", "accepted", "refused", "withdrawn"], "colleague_requests_state");
    table.bigInteger("asked_at").notNullable();
    table.bigInteger("decided_at");
    table.text("decided_by");
    table.text("reason");
    table.index(["account_id"], "colleague_requests_by_account");
    table.index(["email"], "colleague_requests_by_email");
    table.index(["asked_at"], "colleague_requests_by_age");
  });
  // This index decides that the same waits once, whoever of an organisation's administrators asks.
  await knex.raw(
    "CREATE UNIQUE INDEX colleague_requests_one_waiting ON colleague_requests (kind, email, siret) WHERE state = 'waiting'",
  );
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("colleague_requests");
  await knex.schema.dropTable("organisation_cares");
}
