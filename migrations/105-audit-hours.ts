import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * How many events of each name and outcome each hour has, and between which places of the chain they stand: a page that shows
 * ninety days counts these rows, and a search within a period begins where it does. A trigger counts, in the statement that
 * appends the event: what a node of an older build appends counts too, and none is counted twice. Hours of UTC are hours of
 * Paris: its days are sums of them. What was before is counted here, while appends wait: about a second a million events.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("audit_hours", (table) => {
    table.bigInteger("hour").notNullable();
    table.text("event").notNullable();
    table.text("outcome").notNullable();
    table.integer("count").notNullable();
    table.integer("first_seq").notNullable();
    table.integer("last_seq").notNullable();
    table.primary(["hour", "event", "outcome"]);
  });
  await createTrigger(knex);
  await knex.raw(
    `INSERT INTO audit_hours (hour, event, outcome, count, first_seq, last_seq)
     SELECT occurred_at - occurred_at % 3600, event, outcome, count(*), min(seq), max(seq)
     FROM audit_events GROUP BY 1, 2, 3`,
  );
}

const count = `INSERT INTO audit_hours (hour, event, outcome, count, first_seq, last_seq)
  VALUES (NEW.occurred_at - NEW.occurred_at % 3600, NEW.event, NEW.outcome, 1, NEW.seq, NEW.seq)
  ON CONFLICT (hour, event, outcome)
  DO UPDATE SET count = audit_hours.count + 1, last_seq = excluded.last_seq;`;

async function createTrigger(knex: Knex): Promise<void> {
  if ((knex.client as { dialect: string }).dialect === "sqlite3") {
    await knex.raw(
      `CREATE TRIGGER audit_events_counted AFTER INSERT ON audit_events BEGIN ${count} END`,
    );
    return;
  }
  await knex.raw(
    `CREATE FUNCTION audit_events_counted() RETURNS trigger LANGUAGE plpgsql AS $body$
     BEGIN ${count} RETURN NULL; END $body$`,
  );
  await knex.raw(
    `CREATE TRIGGER audit_events_counted AFTER INSERT ON audit_events
     FOR EACH ROW EXECUTE FUNCTION audit_events_counted()`,
  );
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  if ((knex.client as { dialect: string }).dialect === "sqlite3") {
    await knex.raw("DROP TRIGGER audit_events_counted");
  } else {
    await knex.raw("DROP TRIGGER audit_events_counted ON audit_events");
    await knex.raw("DROP FUNCTION audit_events_counted()");
  }
  await knex.schema.dropTable("audit_hours");
}
