import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** When a person last chose an establishment for an authorization: the page of the choice shows that one first. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("accesses", (table) => {
    table.bigInteger("last_chosen_at");
  });
}

/** Drops what `up` made; not by knex, which would make the table anew on SQLite. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE accesses DROP COLUMN last_chosen_at");
}
