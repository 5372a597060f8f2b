import type { Knex } from "knex";

/** What the management API answered to a request with an idempotency key: kept for a day. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("idempotency_keys", (table) => {
    // Of the client and its key: neither stands here.
    table.text("digest").primary();
    table.text("fingerprint").notNullable();
    // Which request holds the key: one that lost it to a later one can no longer write.
    table.text("owner").notNullable();
    table.bigInteger("lease_ends_at").notNullable();
    table.bigInteger("expires_at").notNullable().index();
    // Null while the request is under way.
    table.text("encrypted_answer");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("idempotency_keys");
}
