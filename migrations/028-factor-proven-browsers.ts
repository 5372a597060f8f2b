import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** When a second factor was last proven in a known browser; null where the password alone was. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE known_browsers ADD COLUMN factor_proven_at BIGINT");
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE known_browsers DROP COLUMN factor_proven_at");
}
