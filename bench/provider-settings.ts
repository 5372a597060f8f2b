import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { benchClient } from "./targets.ts";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Node's own flags, as `npm run start:production` starts it. */
export const productionFlags: readonly string[] =
  manifest.scripts["start:production"]?.match(/(?<= )--\S+/g) ?? [];

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
  const schema = `bench_${randomBytes(4).toString("hex")}`;
  const url = databaseUrl?.startsWith("postgres")
    ? await createSchema(databaseUrl, schema)
    : `sqlite:${join(folder, "auth.sqlite3")}`;
  return {
    folder,
    databaseUrl: url,
    env: {
      ISSUER: `http://127.0.0.1:${port}`,
      PORT: String(port),
      DATABASE_URL: url,
      CLIENTS_FILE: clientsFile,
      SMTP_URL: "smtp://127.0.0.1:9",
      MAIL_FROM: "bench@bench.test",
      PORTAL_URL: "http://127.0.0.1:9",
      COOKIE_KEYS: randomBytes(32).toString("base64url"),
      ENCRYPTION_KEYS: randomBytes(32).toString("base64url"),
      SIGN_UPS_PER_ADDRESS_PER_HOUR: "1000000",
      SIGN_INS_PER_ADDRESS_PER_MINUTE: "1000000",
      LOG_LEVEL: "warn",
    },
    remove: async () => {
      rmSync(folder, { recursive: true, force: true });
      if (databaseUrl?.startsWith("postgres")) {
        await query(databaseUrl, `DROP SCHEMA ${schema} CASCADE`);
      }
    },
  };
}

async function createSchema(server: string, schema: string): Promise<string> {
  await query(server, `CREATE SCHEMA ${schema}`);
  const url = new URL(server);
  url.searchParams.set("options", `-c search_path=${schema}`);
  return url.href;
}

async function query(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(sql);
  await client.end();
}
