import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * Whose account an invitation has opened accesses to: with the account it is erased, though its person has given the
 * address up since. What was opened before is found by its address alone.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("invitations", (table) => {
    table.text("claimed_by").index("invitations_claimed_by");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable("invitations", (table) => {
    table.dropIndex("claimed_by", "invitations_claimed_by");
    table.dropColumn("claimed_by");
  });
}
