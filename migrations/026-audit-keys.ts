import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** The keyed digest of a line of the audit; null in lines of builds that had no key. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE audit_events ADD COLUMN mac TEXT");
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE audit_events DROP COLUMN mac");
}
