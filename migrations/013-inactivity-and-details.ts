import type { Knex } from "knex";

/** When each account was last signed in to, and what the public directory says of each establishment. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("accounts", (table) => {
    table.bigInteger("last_signed_in_at");
    table.bigInteger("inactivity_warned_at");
  });
  // Nobody knows when the accounts of before were last used: their time begins now.
  await knex("accounts").update({ last_signed_in_at: Math.floor(Date.now() / 1000) });
  await knex.raw(
    "CREATE INDEX accounts_by_last_use ON accounts ((coalesce(last_signed_in_at, created_at)))",
  );
  await knex.schema.alterTable("establishments", (table) => {
    // Whose the name is: null or 'staff' is kept, 'directory' follows the directory.
    table.text("name_source");
    table.text("address");
    table.text("administrative_state");
    table.bigInteger("details_at");
    table.bigInteger("details_due_at").notNullable().defaultTo(0);
    table.integer("details_attempts").notNullable().defaultTo(0);
    table.index(["details_due_at"], "establishments_by_details_due");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable("establishments", (table) => {
    table.dropIndex(["details_due_at"], "establishments_by_details_due");
    for (const column of ["name_source", "address", "administrative_state"])
      table.dropColumn(column);
    for (const column of ["details_at", "details_due_at", "details_attempts"])
      table.dropColumn(column);
  });
  await knex.raw("DROP INDEX accounts_by_last_use");
  await knex.schema.alterTable("accounts", (table) => {
    table.dropColumn("last_signed_in_at");
    table.dropColumn("inactivity_warned_at");
  });
}
