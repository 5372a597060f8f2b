import type { Knex } from "knex";

/**
 * The audit: events in a chain of hashes, and its head. A trigger refuses an event that does not follow
 * the head, and moves the head with each that does: two nodes can never fork the chain.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("audit_events", (table) => {
    table.integer("seq").primary();
    table.bigInteger("occurred_at").notNullable().index();
    table.text("event").notNullable();
    table.text("outcome").notNullable();
    table.text("reason");
    table.text("actor");
    table.text("subject_sub");
    table.text("client_id");
    table.text("request_reference");
    // Erasable: what the person was called and did, under a commitment of its own …
    table.text("subject_reference");
    table.text("details");
    table.text("about_salt");
    table.text("about_digest").notNullable();
    // … and where the request came from, under another.
    table.text("client_network");
    table.text("client_reference");
    table.text("origin_salt");
    table.text("origin_digest").notNullable();
    table.text("previous_hash").notNullable();
    table.text("hash").notNullable();
  });
  for (const column of ["subject_sub", "subject_reference", "actor"]) {
    await knex.raw(
      `CREATE INDEX audit_events_by_${column} ON audit_events (${column}, seq) WHERE ${column} IS NOT NULL`,
    );
  }
  await knex.schema.createTable("audit_head", (table) => {
    table.integer("seq").notNullable();
    table.text("hash").notNullable();
    // The last event that retention removed: the chain begins after it.
    table.integer("purged_seq").notNullable();
    table.text("purged_hash").notNullable();
  });
  await knex("audit_head").insert({
    seq: 0,
    hash: "genesis",
    purged_seq: 0,
    purged_hash: "genesis",
  });
  await createTrigger(knex);
}

async function createTrigger(knex: Knex): Promise<void> {
  if ((knex.client as { dialect: string }).dialect === "sqlite3") {
    await knex.raw(`
      CREATE TRIGGER audit_events_follow BEFORE INSERT ON audit_events BEGIN
        SELECT RAISE(ABORT, 'audit head moved') WHERE NOT EXISTS
          (SELECT 1 FROM audit_head WHERE seq = NEW.seq - 1 AND hash = NEW.previous_hash);
        UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash;
      END`);
    return;
  }
  // The update waits for another node's, then looks again: its condition decides, not the snapshot.
  await knex.raw(`
    CREATE FUNCTION audit_events_follow() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash
        WHERE seq = NEW.seq - 1 AND hash = NEW.previous_hash;
      IF NOT FOUND THEN RAISE EXCEPTION 'audit head moved'; END IF;
      RETURN NEW;
    END $body$`);
  await knex.raw(
    "CREATE TRIGGER audit_events_follow BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_events_follow()",
  );
}

/** Drops the audit. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("audit_events");
  await knex.schema.dropTable("audit_head");
  if ((knex.client as { dialect: string }).dialect !== "sqlite3") {
    await knex.raw("DROP FUNCTION audit_events_follow()");
  }
}
