import type { Knex } from "knex";

/** Invitations to register a client by dynamic registration, and the tokens by which such a client manages itself. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("client_invitations", (table) => {
    table.text("id").primary();
    // Of the initial access token, which was shown once.
    table.text("digest").notNullable().unique();
    table.integer("uses_left").notNullable();
    table.bigInteger("created_at").notNullable();
    table.text("created_by").notNullable();
    table.bigInteger("expires_at").notNullable().index();
    table.check("uses_left >= 0", {}, "client_invitations_uses");
  });
  await knex.schema.createTable("client_registration_tokens", (table) => {
    table
      .text("client_id")
      .primary()
      .references("client_id")
      .inTable("clients")
      .onDelete("CASCADE");
    table.text("digest").notNullable();
    table.text("invitation_id").notNullable();
    table.bigInteger("created_at").notNullable();
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("client_registration_tokens");
  await knex.schema.dropTable("client_invitations");
}
