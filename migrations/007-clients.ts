import type { Knex } from "knex";

/** Clients registered at run time, their secrets as digests, and which clients of both kinds are disabled. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("clients", (table) => {
    table.text("client_id").primary();
    // JSON text, never queried: the one validation reads it each time it is loaded.
    table.text("metadata").notNullable();
    table.bigInteger("registered_at").notNullable();
    table.text("registered_by").notNullable();
  });
  await knex.schema.createTable("client_secrets", (table) => {
    table.increments("id");
    table
      .text("client_id")
      .notNullable()
      .references("client_id")
      .inTable("clients")
      .onDelete("CASCADE");
    table.text("digest").notNullable();
    table.bigInteger("created_at").notNullable();
    // The first second at which the secret is refused; null: until it is rotated.
    table.bigInteger("ends_at");
    table.index(["client_id"], "client_secrets_by_client");
  });
  await knex.raw(
    "CREATE UNIQUE INDEX client_secrets_one_current ON client_secrets (client_id) WHERE ends_at IS NULL",
  );
  await knex.schema.createTable("client_suspensions", (table) => {
    // No foreign key: declared clients, which have no row in clients, are disabled here too.
    table.text("client_id").primary();
    table.bigInteger("disabled_at").notNullable();
    table.bigInteger("enabled_at");
  });
  await knex.schema.createTable("clients_version", (table) => {
    table.integer("id").primary();
    table.bigInteger("version").notNullable();
    table.check("id = 1", {}, "clients_version_one_row");
  });
  await knex("clients_version").insert({ id: 1, version: 1 });
}

/** Drops the registered clients. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("clients_version");
  await knex.schema.dropTable("client_suspensions");
  await knex.schema.dropTable("client_secrets");
  await knex.schema.dropTable("clients");
}
