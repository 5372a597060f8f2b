import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import pg from "pg";

/** A database of its own for one test file. */
export interface TestDatabase {
  /** What `DATABASE_URL` would say. */
  readonly url: string;
  /** Drops it with all that is in it. */
  readonly drop: () => Promise<void>;
}

/** One kind of database that a suite is repeated on. */
export interface DatabaseKind {
  readonly name: "SQLite" | "PostgreSQL";
  readonly create: () => Promise<TestDatabase>;
}

const postgresUrl = process.env["TEST_DATABASE_URL"];

/**
 * The databases at hand: `describe.each(databases)("…on $name", ({ create }) => …)`. SQLite always;
 * PostgreSQL when `TEST_DATABASE_URL` names one, in a schema of its own.
 */
export const databases: readonly DatabaseKind[] = [
  { name: "SQLite", create: createSqlite },
  ...(postgresUrl
    ? [{ name: "PostgreSQL" as const, create: () => createSchema(postgresUrl) }]
    : []),
];

/** The same where a schema would not do: whoever else is connected to the database is told from its tests. */
export const wholeDatabases: readonly DatabaseKind[] = databases.map((kind) =>
  kind.name === "PostgreSQL" && postgresUrl
    ? { ...kind, create: () => createDatabase(postgresUrl) }
    : kind,
);

function createSqlite(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-"));
  return Promise.resolve({
    url: `sqlite:${join(folder, "auth.sqlite3")}`,
    drop: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  });
}

async function createSchema(server: string): Promise<TestDatabase> {
  const schema = `test_${randomBytes(6).toString("hex")}`;
  await query(server, `CREATE SCHEMA ${schema}`);
  const url = new URL(server);
  url.searchParams.set("options", `-c search_path=${schema}`);
  return { url: url.href, drop: () => query(server, `DROP SCHEMA ${schema} CASCADE`) };
}

async function createDatabase(server: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await query(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => query(server, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function query(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
