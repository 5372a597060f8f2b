import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** What was decided of each establishment of a request, and why some of an accepted request were refused. */
export async function up(knex: Knex): Promise<void> {
  // `13002526500013:accepted`, between spaces; one that is missing stands as its request does.
  await knex.raw("ALTER TABLE access_requests ADD COLUMN decisions TEXT");
  await knex.raw("ALTER TABLE access_requests ADD COLUMN refusal_reason TEXT");
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  for (const column of ["decisions", "refusal_reason"]) {
    await knex.raw(`ALTER TABLE access_requests DROP COLUMN ${column}`);
  }
}
