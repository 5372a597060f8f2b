import type { Knex } from "knex";

/** The provider's signing keys, encrypted; one current key an algorithm. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("signing_keys", (table) => {
    table.text("kid").primary();
    table.text("alg").notNullable();
    table
      .text("state")
      .notNullable()
      .checkIn(["next", "current", "previous"], "signing_keys_state");
    table.text("encrypted_jwk").notNullable();
    table.bigInteger("created_at").notNullable();
    // Two nodes that start at once on an empty database: the second insert is refused.
    table.unique(["alg", "state"]);
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("signing_keys");
}
