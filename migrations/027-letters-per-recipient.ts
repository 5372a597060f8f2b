import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** When the last twelve letters of a kind were written to an address, the newest first; 0 where there was none. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("recipient_letters", (table) => {
    table.text("recipient").notNullable();
    table.text("letter").notNullable();
    for (let place = 1; place <= 12; place += 1) {
      table.bigInteger(`written_${place}`).notNullable().defaultTo(0);
    }
    table.primary(["recipient", "letter"]);
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("recipient_letters");
}
