import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** When each purge ran for the last time, and why it was refused since: what a clock that jumped is known by. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("purges", (table) => {
    table.text("kind").primary();
    table.bigInteger("ran_at");
    table.bigInteger("refused_at");
    table.text("refusal");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("purges");
}
