import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * Whom of the staff a letter tells that requests wait, as each of them chose. A choice counts for the term of the staff in which it was
 * made: who leaves and comes back chooses anew. No foreign key: rows go with their account, or with their role.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("request_notices", (table) => {
    table.text("account_sub").primary();
    table.text("staff_term").notNullable();
    table.text("choice").notNullable().checkIn(["none", "daily", "at-once"], "request_notices_of");
    table.bigInteger("chosen_at").notNullable();
    // What was asked until then was told, or waited when it was chosen.
    table.bigInteger("told_until").notNullable();
    table.bigInteger("last_sent_at");
  });
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("request_notices");
}
