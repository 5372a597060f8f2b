import type { Knex } from "knex";
import { createIndex } from "./concurrent-index.ts";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** Indexes made while others write allow no transaction. */
export const config = { transaction: false };

/** By which what somebody waits for is found among thousands of others. */
export async function up(knex: Knex): Promise<void> {
  const definition = "ON outbox (channel, name, due_at) WHERE state = 'waiting'";
  await createIndex(knex, "outbox_waiting_by_name", definition);
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX IF EXISTS outbox_waiting_by_name");
}
