import type { Knex } from "knex";
import { createIndex } from "./concurrent-index.ts";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** Indexes made while others write allow no transaction. */
export const config = { transaction: false };

/** By which the pages of the back office count and list what waits, and find in the audit. */
const indexes: Readonly<Record<string, string>> = {
  access_requests_waiting: "ON access_requests (asked_at, id) WHERE state = 'waiting'",
  invitations_waiting: "ON invitations (id) WHERE ended_at IS NULL",
  pending_sign_ups_by_age: "ON pending_sign_ups (created_at, id)",
  outbox_by_state: "ON outbox (state, created_at, id)",
  audit_events_by_client: "ON audit_events (client_id, seq) WHERE client_id IS NOT NULL",
  // The details of what is about one establishment begin so: {"siret":"13002526500013"
  audit_events_by_siret: `ON audit_events (substr(details, 11, 14), seq) WHERE substr(details, 1, 10) = '{"siret":"'`,
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
