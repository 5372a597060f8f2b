import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * Shared Signals: the streams that relying parties make, what waits for them, the people whom they do not want to hear of,
 * and whom they were told of when an account was disabled. No foreign keys: an act that tells of something must not fail
 * because a stream goes in the same moment.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("signal_streams", (table) => {
    table.text("stream_id").primary();
    table.text("client_id").notNullable();
    // A client has so many places for streams, each once.
    table.integer("slot").notNullable();
    table.text("status").notNullable();
    table.text("status_by").notNullable();
    table.text("reason");
    table.text("events_requested").notNullable();
    table.text("description");
    // Where pushes go, and what opens there; null where the receiver polls.
    table.text("encrypted_push");
    table.bigInteger("created_at").notNullable();
    table.bigInteger("verified_at").notNullable();
    table.unique(["client_id", "slot"], { indexName: "signal_streams_client" });
  });
  await knex.schema.createTable("signal_events", (table) => {
    table.text("id").primary();
    table.text("stream_id").notNullable();
    // Whom it is about, as nobody can read it; null for what a stream says of itself.
    table.text("subject_mark");
    table.text("name").notNullable();
    table.bigInteger("sequence").notNullable();
    table.text("encrypted_event").notNullable();
    table.bigInteger("created_at").notNullable().index("signal_events_created_at");
    table.index(["stream_id", "sequence"], "signal_events_stream");
  });
  await knex.schema.createTable("signal_exclusions", (table) => {
    table.text("stream_id").notNullable();
    table.text("subject_mark").notNullable();
    table.bigInteger("created_at").notNullable();
    table.primary(["stream_id", "subject_mark"]);
  });
  await knex.schema.createTable("signal_audiences", (table) => {
    table.text("account_sub").notNullable();
    table.text("client_id").notNullable();
    table.text("scopes").notNullable();
    table.bigInteger("told_at").notNullable();
    table.primary(["account_sub", "client_id"]);
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  for (const name of ["audiences", "exclusions", "events", "streams"]) {
    await knex.schema.dropTable(`signal_${name}`);
  }
}
