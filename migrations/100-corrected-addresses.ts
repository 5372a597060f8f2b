import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * Which of the staff asked for a change of address. A node of an older build does not know of it, and asks the person's
 * password for the link, as for any other.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE address_changes ADD COLUMN asked_by TEXT");
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE address_changes DROP COLUMN asked_by");
}
