import type { Knex } from "knex";

/**
 * The artifacts, on PostgreSQL only: with SQLite they have a file of their own
 * (`src/artifacts/sqlite-schema.ts`, which these tables follow).
 */
export async function up(knex: Knex): Promise<void> {
  if (!isPostgres(knex)) return;
  await knex.schema.createTable("artifacts", (table) => {
    table.text("model").notNullable();
    // Digests and closed words: compared byte by byte, not by a language's rules.
    table.specificType("id", 'TEXT COLLATE "C"').notNullable();
    table.text("payload").notNullable();
    table.text("account_id");
    table.text("client_id");
    table.specificType("grant_id", 'TEXT COLLATE "C"');
    table.text("uid");
    table.text("user_code");
    table.bigInteger("consumed_at");
    table.bigInteger("removed_at");
    table.bigInteger("expires_at");
    table.primary(["model", "id"]);
    for (const column of ["account_id", "grant_id", "uid", "user_code"]) {
      table.index([column], `artifacts_${column}`, {
        predicate: knex.whereNotNull(column),
      });
    }
    table.index(["expires_at"], "artifacts_expires_at");
  });
  await knex.schema.createTable("frozen_establishments", (table) => {
    table.specificType("grant_id", 'TEXT COLLATE "C"').primary();
    table.text("account_id").notNullable();
    table.text("client_id").notNullable();
    table.text("session_uid").index("frozen_establishments_session_uid");
    table.text("siret");
    table.bigInteger("expires_at").notNullable().index("frozen_establishments_expires_at");
    table.index(["account_id", "siret"], "frozen_establishments_account");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  if (!isPostgres(knex)) return;
  await knex.schema.dropTable("frozen_establishments");
  await knex.schema.dropTable("artifacts");
}

function isPostgres(knex: Knex): boolean {
  return (knex.client as { config: { client: unknown } }).config.client === "pg";
}
