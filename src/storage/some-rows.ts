import type { Knex } from "knex";
import type { Queryable } from "./database.ts";

/** Rows a statement of a purge: so many hold SQLite's one writer, and locks of PostgreSQL, for some milliseconds. */
const rowsAPurge = 1000;

/**
 * Some of the rows of a table, by their key, for a statement that changes or deletes them: a purge repeats it until nothing
 * is left, and requests pass in between.
 * @param key its columns
 */
export function someRows(
  db: Queryable,
  table: string,
  key: readonly string[],
  where: (rows: Knex.QueryBuilder) => void,
): Knex.QueryBuilder {
  const some = db(table).where((rows) => where(rows));
  void some.select(...key).limit(rowsAPurge);
  return db(table).whereIn([...key], some);
}

/** How many rows a query would give. PostgreSQL counts in text. */
export async function countOf(rows: Knex.QueryBuilder): Promise<number> {
  const row = (await rows.clone().clearSelect().count({ count: "*" }).first()) as
    { count: number | string } | undefined;
  return Number(row?.count);
}

/** How many rows there are, and the least and the greatest of a column; both are 0 where there is none. */
export interface Span {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** Counts rows, and reads between which instants they are. */
export async function spanOf(rows: Knex.QueryBuilder, column: string): Promise<Span> {
  const row = (await rows
    .clone()
    .clearSelect()
    .count({ count: "*" })
    .min({ first: column })
    .max({ last: column })
    .first()) as Partial<Record<keyof Span, number | string | null>> | undefined;
  const { count, first, last } = row ?? {};
  return { count: Number(count ?? 0), first: Number(first ?? 0), last: Number(last ?? 0) };
}

/** How many rows a table has, and how many of them go. Where none goes the others are not counted: `all` is 0. */
export interface Share {
  readonly going: number;
  readonly all: number;
}

/** Counts what goes, and what it is a share of. */
export async function shareOf(going: Knex.QueryBuilder, all: Knex.QueryBuilder): Promise<Share> {
  const count = await countOf(going);
  return { going: count, all: count === 0 ? 0 : await countOf(all) };
}
