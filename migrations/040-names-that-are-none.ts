import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** The directory's marks for who asked not to be told of (`[ND]`, `[NON-DIFFUSIBLE]`) were kept as names and addresses. */
export async function up(knex: Knex): Promise<void> {
  for (const column of ["name", "address"]) {
    await knex("establishments")
      .whereRaw(`(${column} LIKE '%[ND]%' OR ${column} LIKE '%[NON-DIFFUSIBLE]%')`)
      .update({ [column]: null });
  }
}

/** What was no name is none again. */
export async function down(): Promise<void> {
  await Promise.resolve();
}
