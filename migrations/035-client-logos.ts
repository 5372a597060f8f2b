import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** The logos of clients as they were fetched, by the address that their metadata name; or why there is none. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("client_logos", (table) => {
    table.text("uri").primary();
    // Null together, where the last fetch found no logo and none was there before.
    table.text("digest").index("client_logos_digest");
    table.text("media_type");
    table.binary("content");
    table.text("problem");
    table.bigInteger("fetched_at").notNullable();
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("client_logos");
}
