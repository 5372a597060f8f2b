import sqlite3 from "sqlite3";
import type { DatabaseFault } from "./database-fault.ts";
import type { Prepared } from "./prepared.ts";

/** A prepared single look-up: the rows for these keys (a list only where the statement takes one). */
export type Lookup<Row> = (
  ...keys: readonly (string | number | readonly string[])[]
) => Promise<Row[]>;

/**
 * A reader beside the register's one writer, opened at its first use: it never waits for an open transaction.
 * @param fault why nothing may be asked at the moment
 */
export function sqliteLookup(
  filename: string,
  busyMilliseconds: number,
  fault: () => DatabaseFault | undefined = () => undefined,
): {
  prepare: <Row>(sql: string) => Lookup<Row>;
  close: () => Promise<void>;
} {
  let reader: Promise<sqlite3.Database> | undefined;
  const statements = new Set<sqlite3.Statement>();
  const open = () => {
    const opening = (reader ??= openReader(filename, busyMilliseconds));
    // What failed once (the file was locked, the disk full) is tried anew at the next look-up.
    opening.catch(() => (reader = undefined));
    return opening;
  };
  return {
    prepare: <Row>(sql: string): Lookup<Row> => {
      let statement: Promise<sqlite3.Statement> | undefined;
      const ready = () => {
        const preparing = (statement ??= open().then((database) => prepare(database, sql)));
        preparing.then(
          (prepared) => statements.add(prepared),
          () => (statement = undefined),
        );
        return preparing;
      };
      return async (...keys) => {
        const met = fault();
        if (met) throw met;
        return all<Row>(await ready(), keys);
      };
    },
    close: async () => {
      for (const statement of statements) statement.finalize();
      const database = await reader;
      if (database) await new Promise<void>((resolve) => database.close(() => resolve()));
    },
  };
}

/** Named statements: see {@link Prepared}. */
export function postgresLookup<Row>(prepared: Prepared, name: string, sql: string): Lookup<Row> {
  let position = 0;
  const text = sql.replaceAll("?", () => `$${++position}`);
  return async (...keys) => (await prepared.run(name, text, keys)).rows as Row[];
}

function openReader(filename: string, busyMilliseconds: number): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(filename, sqlite3.OPEN_READWRITE, (error) => {
      if (error) reject(error);
      else resolve(database);
    });
    database.configure("busyTimeout", busyMilliseconds);
  });
}

function prepare(database: sqlite3.Database, sql: string): Promise<sqlite3.Statement> {
  return new Promise((resolve, reject) => {
    const statement = database.prepare(sql, (error: Error | null) => {
      if (error) reject(error);
      else resolve(statement);
    });
  });
}

function all<Row>(statement: sqlite3.Statement, keys: readonly unknown[]): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    statement.all<Row>(keys, (error, rows) => {
      if (error) reject(error);
      else resolve(rows);
    });
  });
}
