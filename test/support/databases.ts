import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { migrate, openDatabase } from "../../src/storage/index.ts";

/** A database of its own for one test file. */
export interface TestDatabase {
  /** What `DATABASE_URL` would say. */
  readonly url: string;
  /** Drops it with all that is in it. */
  readonly drop: () => Promise<void>;
}

/** What a new database is a copy of. Filled once a machine and set of migrations; its name tells it from others. */
export interface Template {
  readonly name: string;
  readonly fill: (url: string) => Promise<void>;
}

/** One kind of database that a suite is repeated on. */
export interface DatabaseKind {
  readonly name: "SQLite" | "PostgreSQL";
  /** An empty one, or a copy. */
  readonly create: (template?: Template) => Promise<TestDatabase>;
}

/** Every table, and nothing in them. */
export const migrated: Template = {
  name: "migrated",
  fill: async (url) => {
    const database = openDatabase(url);
    await migrate(database);
    await database.close();
  },
};

const postgresUrl = process.env["TEST_DATABASE_URL"];

/**
 * The databases at hand: `describe.each(databases)("…on $name", ({ create }) => …)`. SQLite always; PostgreSQL when
 * `TEST_DATABASE_URL` names one of a server where its user may make databases.
 */
export const databases: readonly DatabaseKind[] = [
  { name: "SQLite", create: createSqlite },
  ...(postgresUrl
    ? [
        {
          name: "PostgreSQL" as const,
          create: (template?: Template) => createPostgres(postgresUrl, template),
        },
      ]
    : []),
];

/** What the migrations are, in one word: another set of them is another template. */
const migrations = createHash("sha256")
  .update(
    readdirSync("migrations")
      .map((name) => `${name} ${readFileSync(join("migrations", name), "utf8")}`)
      .join(),
  )
  .digest("hex")
  .slice(0, 16);

async function createSqlite(template?: Template): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-"));
  const path = join(folder, "auth.sqlite3");
  if (template) copyFileSync(await sqliteTemplate(template), path);
  return {
    url: `sqlite:${path}`,
    drop: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

function sqliteTemplate({ name, fill }: Template): Promise<string> {
  const place = join(tmpdir(), `lopauth-test-${name}-${migrations}.sqlite3`);
  return madeOnce(place, (partial) => fill(`sqlite:${partial}`));
}

/** Several test files may make it at the same time: each makes a file, and renames it into place. @returns the place */
export async function madeOnce(
  place: string,
  make: (partial: string) => Promise<void>,
): Promise<string> {
  if (!existsSync(place)) {
    const partial = `${place}.${randomUUID()}`;
    await make(partial);
    renameSync(partial, place);
  }
  return place;
}

async function createPostgres(server: string, template?: Template): Promise<TestDatabase> {
  const name = newName();
  const copied = template && (await postgresTemplate(server, template));
  await query(server, `CREATE DATABASE ${name}${copied ? ` TEMPLATE ${copied}` : ""}`);
  return {
    url: databaseUrl(server, name),
    drop: () => query(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

const postgresTemplates = new Map<string, Promise<string>>();

/** Asked for once a process. */
function postgresTemplate(server: string, template: Template): Promise<string> {
  const made = postgresTemplates.get(template.name) ?? makePostgresTemplate(server, template);
  postgresTemplates.set(template.name, made);
  return made;
}

/** Processes wait for each other by a lock of the server. */
function makePostgresTemplate(server: string, template: Template): Promise<string> {
  const name = `lopauth_test_${template.name}_${migrations}`;
  return connected(server, async (client) => {
    await client.query("SELECT pg_advisory_lock(hashtext($1))", [name]);
    const found = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (found.rowCount === 0) {
      const partial = newName();
      await client.query(`CREATE DATABASE ${partial}`);
      await template.fill(databaseUrl(server, partial));
      await client.query(`ALTER DATABASE ${partial} RENAME TO ${name}`);
    }
    return name;
  });
}

const newName = () => `test_${randomBytes(6).toString("hex")}`;

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

const query = (server: string, sql: string) =>
  connected(server, async (client) => {
    await client.query(sql);
  });

async function connected<Result>(
  server: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
