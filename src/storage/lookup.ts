import pg from "pg";
import sqlite3 from "sqlite3";

/** A prepared single look-up: the rows for these keys (a list only where the statement takes one). */
export type Lookup<Row> = (
  ...keys: readonly (string | number | readonly string[])[]
) => Promise<Row[]>;

/** A reader beside the register's one writer, opened at its first use: it never waits for an open transaction. */
export function sqliteLookup(filename: string): {
  prepare: <Row>(sql: string) => Lookup<Row>;
  close: () => Promise<void>;
} {
  let reader: Promise<sqlite3.Database> | undefined;
  const statements = new Set<sqlite3.Statement>();
  const open = () => {
    const opening = (reader ??= openReader(filename));
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
      return async (...keys) => all<Row>(await ready(), keys);
    },
    close: async () => {
      for (const statement of statements) statement.finalize();
      const database = await reader;
      if (database) await new Promise<void>((resolve) => database.close(() => resolve()));
    },
  };
}

/** Named statements on a small pool of their own: PostgreSQL parses each once a connection. */
export function postgresLookup(url: string): {
  prepare: <Row>(name: string, sql: string) => Lookup<Row>;
  close: () => Promise<void>;
} {
  let pool: pg.Pool | undefined;
  return {
    prepare: <Row>(name: string, sql: string): Lookup<Row> => {
      let position = 0;
      const text = sql.replaceAll("?", () => `$${++position}`);
      return async (...keys) => {
        pool ??= openPool(url);
        const result = await pool.query({ name, text, values: [...keys] });
        return result.rows as Row[];
      };
    },
    close: async () => {
      await pool?.end();
    },
  };
}

function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // A connection that breaks while idle is replaced at the next query; without a listener it would end the process.
  pool.on("error", () => undefined);
  return pool;
}

function openReader(filename: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(filename, sqlite3.OPEN_READWRITE, (error) => {
      if (error) reject(error);
      else resolve(database);
    });
    database.configure("busyTimeout", 5000);
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
