import type { Knex } from "knex";

/** The provider's signing keys, encrypted; one current and one next key an algorithm. */
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
    table.bigInteger("current_since_at");
    table.bigInteger("retired_at");
  });
  // Two nodes that start, or rotate, at once: the second insert or update is refused.
  await knex.raw(
    "CREATE UNIQUE INDEX signing_keys_one_of_a_state ON signing_keys (alg, state) WHERE state <> 'previous'",
  );
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("signing_keys");
}
