import type { Knex } from "knex";

/** Accesses that wait for the account of an address, and when the end of an access was announced. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("invitations", (table) => {
    table.increments("id");
    // null once it is erased: who was invited is forgotten, what was decided is kept.
    table.text("email");
    table.text("siret").notNullable().references("siret").inTable("establishments");
    table.text("locale").notNullable();
    table.bigInteger("invited_at").notNullable();
    table.text("invited_by").notNullable();
    table.text("invite_reason");
    table.bigInteger("until_at");
    table.bigInteger("ended_at");
    table.text("ended_as").checkIn(["opened", "withdrawn", "lapsed"], "invitations_ended_as");
    table.text("ended_by");
    table.text("end_reason");
    table.check("(ended_at IS NULL) = (ended_as IS NULL)", {}, "invitations_ended_somehow");
    table.index(["email"], "invitations_by_email");
    table.index(["siret"], "invitations_by_siret");
    table.index(["invited_at"], "invitations_by_age");
  });
  // This index decides that an establishment waits once for an address.
  await knex.raw(
    "CREATE UNIQUE INDEX invitations_one_waiting ON invitations (email, siret) WHERE ended_at IS NULL",
  );
  await knex.schema.alterTable("accesses", (table) => {
    table.bigInteger("end_announced_at");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable("accesses", (table) => {
    table.dropColumn("end_announced_at");
  });
  await knex.schema.dropTable("invitations");
}
