import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** Addresses that refuse our mail, as digests: nobody's address is kept because somebody else typed it. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("refused_addresses", (table) => {
    table.text("recipient").primary();
    // A machine word, never what a server wrote.
    table.text("reason").notNullable();
    table.bigInteger("refused_at").notNullable().index("refused_addresses_refused_at");
    // Reported by who delivers: nothing more is sent until a person changes it.
    table.bigInteger("stopped_at");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("refused_addresses");
}
