import type { Knex } from "knex";
import { createIndex } from "./concurrent-index.ts";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** An index allows no transaction while others write. */
export const config = { transaction: false };

/** Links keep their digest for ever: the purge looks only among those that still know whom they were mailed to. */
export async function up(knex: Knex): Promise<void> {
  await createIndex(
    knex,
    "one_time_tokens_to_forget",
    "ON one_time_tokens (expires_at) WHERE email <> ''",
  );
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX IF EXISTS one_time_tokens_to_forget");
}
