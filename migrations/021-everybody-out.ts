import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** How far everybody's sessions have been ended since the installation's credentials were renewed; null when all are. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE installation ADD COLUMN ended_through INTEGER");
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE installation DROP COLUMN ended_through");
}
