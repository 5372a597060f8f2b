import type { Knex } from "knex";

/** Asks for nothing but an answer. */
export async function ping(database: Knex): Promise<void> {
  await database.raw("SELECT 1");
}

/** What the server's clock says at this moment, epoch milliseconds. */
export async function postgresNow(database: Knex): Promise<number> {
  const begin = performance.now();
  const { rows } = await database.raw<{ rows: { now: number }[] }>(
    "SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now",
  );
  return (rows[0]?.now ?? Number.NaN) + (performance.now() - begin) / 2;
}
