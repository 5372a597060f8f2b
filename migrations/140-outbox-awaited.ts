import type { Knex } from "knex";
import { createIndex } from "./concurrent-index.ts";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** Indexes made while others write allow no transaction. */
export const config = { transaction: false };

/** By which the longest due, and what somebody waits for, are found among thousands that wait. */
const indexes: Readonly<Record<string, string>> = {
  outbox_waiting_by_due: "ON outbox (channel, due_at, sequence) WHERE state = 'waiting'",
  outbox_waiting_by_name: "ON outbox (channel, name, due_at) WHERE state = 'waiting'",
};

/** Makes them. */
export async function up(knex: Knex): Promise<void> {
  for (const [name, definition] of Object.entries(indexes)) {
    await createIndex(knex, name, definition);
  }
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  for (const name of Object.keys(indexes)) await knex.raw(`DROP INDEX IF EXISTS ${name}`);
}
