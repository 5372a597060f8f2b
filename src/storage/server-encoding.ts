import type { Database } from "./database.ts";
import { SchemaError } from "./schema-error.ts";

/**
 * That a PostgreSQL database can hold every name: in another encoding than UTF8 a migration stops half way, and in SQL_ASCII, of
 * which none does, capitals with accents are never folded. One of those that has tables already is left to work as it did.
 * @param isNew whether no migration was ever applied
 * @throws SchemaError
 */
export async function refuseOtherEncoding(
  { dialect, knex }: Pick<Database, "dialect" | "knex">,
  isNew: boolean,
): Promise<void> {
  if (dialect === "sqlite") return;
  const { rows } = await knex.raw<{ rows: { server_encoding: string }[] }>("SHOW server_encoding");
  const encoding = rows[0]?.server_encoding ?? "UTF8";
  if (encoding === "UTF8" || (encoding === "SQL_ASCII" && !isNew)) return;
  throw new SchemaError(
    `the database is in ${encoding}, and has to be in UTF8: make another one ("createdb -T template0 -E UTF8 NAME")`,
  );
}
