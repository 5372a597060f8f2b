import type { Knex } from "knex";

/** Letters and notices that wait to be sent, and the fate of those that were. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("outbox", (table) => {
    table.text("id").primary();
    table.text("channel").notNullable();
    table.text("name").notNullable();
    table.text("account_sub").index();
    table.text("state").notNullable().checkIn(["waiting", "sent", "failed"], "outbox_state");
    table.integer("attempts").notNullable();
    table.bigInteger("due_at").notNullable();
    table.bigInteger("lease_ends_at");
    table.text("encrypted_content");
    table.text("last_error");
    table.bigInteger("created_at").notNullable();
    table.bigInteger("ended_at");
    table.index(["channel", "state", "due_at"]);
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("outbox");
}
