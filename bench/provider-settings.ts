import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { benchClient } from "./targets.ts";

/** The folder of this checkout. */
export const ownFolder: string = fileURLToPath(new URL("..", import.meta.url));

/** How a build is started by its own `npm run start:production`: Node's flags, and where its compiled sources are kept. */
export function asProduction(folder: string): {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const script = manifest.scripts["start:production"] ?? "";
  const [, cache] = /NODE_COMPILE_CACHE=(\S+)/.exec(script) ?? [];
  return {
    flags: script.match(/(?<= )--\S+/g) ?? [],
    env: cache === undefined ? {} : { NODE_COMPILE_CACHE: join(folder, cache) },
  };
}

/** Node's own flags, as `npm run start:production` starts it. */
export const productionFlags: readonly string[] = asProduction(ownFolder).flags;

/** A place for one server of ours: its settings, and what is left of it to remove. */
export interface Place {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly env: Readonly<Record<string, string>>;
  readonly remove: () => Promise<void>;
}

/**
 * Makes an empty database (a schema of its own in PostgreSQL), a clients file and keys.
 * @param databaseUrl a `postgres:` address; undefined: an SQLite file
 */
export async function preparePlace(databaseUrl: string | undefined, port: number): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-bench-"));
  const clientsFile = join(folder, "clients.json");
  writeFileSync(
    clientsFile,
    JSON.stringify([{ ...benchClient, client_uri: "http://127.0.0.1:9" }]),
  );
  const schema = databaseUrl?.startsWith("postgres") ? await makeSchema(databaseUrl) : undefined;
  const url = schema?.url ?? `sqlite:${join(folder, "auth.sqlite3")}`;
  return {
    folder,
    databaseUrl: url,
    env: {
      ISSUER: `http://127.0.0.1:${port}`,
      PORT: String(port),
      DATABASE_URL: url,
      CLIENTS_FILE: clientsFile,
      SMTP_URL: "smtp://127.0.0.1:9",
      // Letters are written, and go to nobody.
      MAIL_GUARD: "drop",
      MAIL_FROM: "bench@bench.test",
      PORTAL_URL: "http://127.0.0.1:9",
      COOKIE_KEYS: randomBytes(32).toString("base64url"),
      ENCRYPTION_KEYS: randomBytes(32).toString("base64url"),
      SIGN_UPS_PER_ADDRESS_PER_HOUR: "1000000",
      SIGN_INS_PER_ADDRESS_PER_MINUTE: "1000000",
      // What fails is seen by the load: each answer is judged there.
      LOG_LEVEL: "fatal",
    },
    remove: async () => {
      rmSync(folder, { recursive: true, force: true });
      await schema?.remove();
    },
  };
}

/** A schema of its own in a PostgreSQL, as the `postgres:` address that finds its tables there. */
export async function makeSchema(server: string): Promise<{
  readonly name: string;
  readonly url: string;
  readonly remove: () => Promise<void>;
}> {
  const name = `bench_${randomBytes(4).toString("hex")}`;
  await query(server, `CREATE SCHEMA ${name}`);
  const url = new URL(server);
  url.searchParams.set("options", `-c search_path=${name}`);
  return { name, url: url.href, remove: () => query(server, `DROP SCHEMA ${name} CASCADE`) };
}

async function query(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(sql);
  await client.end();
}
