import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * Whether a passkey signs in without the password: not after that was changed, until it was used beside the new one. A node
 * of an older build asks the password in any case.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE passkeys ADD COLUMN signs_in_alone BOOLEAN NOT NULL DEFAULT TRUE");
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE passkeys DROP COLUMN signs_in_alone");
}
