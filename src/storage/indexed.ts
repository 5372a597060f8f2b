import type { Knex } from "knex";
import type { Queryable } from "./database.ts";

/**
 * A table to be read by one of its indexes: SQLite, which counts no rows unless told, takes another. PostgreSQL, which does,
 * is told nothing.
 */
export function indexed(database: Queryable, table: string, index: string): Knex.Raw | string {
  const { dialect } = database.client as { readonly dialect: string };
  return dialect === "sqlite3" ? database.raw("?? INDEXED BY ??", [table, index]) : table;
}
