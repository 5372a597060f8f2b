import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** Who of the staff has taken a request in charge, and since when. Older builds leave both as they are. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE access_requests ADD COLUMN taken_by TEXT");
  await knex.raw("ALTER TABLE access_requests ADD COLUMN taken_at BIGINT");
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  for (const column of ["taken_by", "taken_at"]) {
    await knex.raw(`ALTER TABLE access_requests DROP COLUMN ${column}`);
  }
}
