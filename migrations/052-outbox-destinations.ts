import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * Where an entry goes, so that one that hangs holds up no other, and its place among those that go there. Older builds leave
 * both empty: such an entry is sent as ever.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("outbox", (table) => {
    table.text("destination");
    table.bigInteger("sequence");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable("outbox", (table) => {
    table.dropColumn("destination");
    table.dropColumn("sequence");
  });
}
