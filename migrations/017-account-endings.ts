import type { Knex } from "knex";

/** How many changes of an account void its sessions and tokens, which are still to be ended and told of. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("accounts", (table) => {
    table.integer("endings_due").notNullable().defaultTo(0);
  });
  await knex.raw("CREATE INDEX accounts_by_endings_due ON accounts (id) WHERE endings_due > 0");
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX accounts_by_endings_due");
  // Not by knex, which makes the table anew on SQLite, without the triggers of 014.
  await knex.raw("ALTER TABLE accounts DROP COLUMN endings_due");
}
