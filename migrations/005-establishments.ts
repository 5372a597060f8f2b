import type { Knex } from "knex";

/** The establishments known by name or by access, and every access ever opened. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("establishments", (table) => {
    table.text("siret").primary();
    table.text("name");
    table.bigInteger("created_at").notNullable();
    table.bigInteger("updated_at").notNullable();
  });
  await knex.schema.createTable("accesses", (table) => {
    table.increments("id");
    table.integer("account_id").notNullable().references("id").inTable("accounts");
    table.text("siret").notNullable().references("siret").inTable("establishments");
    table.bigInteger("opened_at").notNullable();
    table.text("opened_by").notNullable();
    table.text("open_reason");
    table.bigInteger("until_at");
    table.bigInteger("closed_at");
    table.text("closed_by");
    table.text("close_reason");
    // When the artifacts made for a closed access were revoked: null after closing means "still to do".
    table.bigInteger("revoked_at");
    table.check("until_at IS NULL OR until_at > opened_at", {}, "accesses_until_after_opened");
    table.check("(closed_at IS NULL) = (closed_by IS NULL)", {}, "accesses_closed_by_somebody");
    table.check("revoked_at IS NULL OR closed_at IS NOT NULL", {}, "accesses_revoked_once_closed");
    table.index(["account_id"], "accesses_by_account");
    table.index(["siret"], "accesses_by_siret");
  });
  // This index, not a look before the insert, decides that an establishment is open once to an account.
  await knex.raw(
    "CREATE UNIQUE INDEX accesses_one_open ON accesses (account_id, siret) WHERE closed_at IS NULL",
  );
  await knex.raw(
    "CREATE INDEX accesses_to_end ON accesses (until_at) WHERE closed_at IS NULL AND until_at IS NOT NULL",
  );
  await knex.raw(
    "CREATE INDEX accesses_to_revoke ON accesses (closed_at, id) WHERE closed_at IS NOT NULL AND revoked_at IS NULL",
  );
}

/** Drops the register of accesses. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("accesses");
  await knex.schema.dropTable("establishments");
}
