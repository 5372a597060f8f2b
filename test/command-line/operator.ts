import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommandLine } from "../../src/command-line/index.ts";
import { systemRandom } from "../../src/foundation/index.ts";
import { readSettings } from "../../src/operations/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type DatabaseKind, migrated } from "../support/databases.ts";

/** 2027-01-15 at 9 o'clock in Paris: the second that the tests call now. */
export const morning = Date.parse("2027-01-15T08:00:00Z") / 1000;

export const dinum = "13002526500013";
export const laPoste = "35600000000048";

/** What one run of the command line left behind. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The one JSON document on standard output. */
  readonly document: () => unknown;
  /** The one JSON document on standard error. */
  readonly failure: () => unknown;
}

/** An operator in front of a database of their own. */
export interface Operator {
  readonly database: Database;
  readonly databaseUrl: string;
  readonly folder: string;
  readonly clock: { now: number };
  /** Runs one command in this process: the same code as the program, without its start. */
  readonly run: (...words: string[]) => Promise<CommandResult>;
  /** The same with some settings of their own. */
  readonly runWith: (
    environment: Record<string, string>,
    ...words: string[]
  ) => Promise<CommandResult>;
  /** The same, with its clock held against the database's. */
  readonly runByClock: (...words: string[]) => Promise<CommandResult>;
  readonly addAccount: (email: string, values?: object) => Promise<{ id: number; sub: string }>;
  readonly addFile: (name: string, content: string | Uint8Array) => string;
  readonly clear: () => Promise<void>;
  readonly drop: () => Promise<void>;
}

/** Opens a database of this kind, migrated unless told. */
export async function createOperator(
  create: DatabaseKind["create"],
  options: { readonly migrated?: boolean; readonly environment?: Record<string, string> } = {},
): Promise<Operator> {
  const testDatabase = await create((options.migrated ?? true) ? migrated : undefined);
  const folder = mkdtempSync(join(tmpdir(), "lopauth-operator-"));
  const database = openDatabase(testDatabase.url);
  const clock = { now: morning };
  const secrets = Object.fromEntries(
    ["COOKIE_KEYS", "ENCRYPTION_KEYS", "PORTAL_CLIENT_SECRET"].map((name) => [
      name,
      systemRandom.secret(),
    ]),
  );
  const environment = { ...secrets, DATABASE_URL: testDatabase.url, ...options.environment };
  return {
    database,
    databaseUrl: testDatabase.url,
    folder,
    clock,
    run: (...words) => run(words, environment, { clock }),
    runWith: (own, ...words) => run(words, { ...environment, ...own }, { clock }),
    runByClock: (...words) => run(words, environment, { clock, comparesClocks: true }),
    addAccount: (email, values = {}) => addAccount(database, email, values),
    addFile: (name, content) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
    clear: async () => {
      clock.now = morning;
      for (const table of [
        "outbox",
        "access_requests",
        "invitations",
        "accesses",
        "establishments",
        "accounts",
      ])
        await database.knex(table).delete();
    },
    drop: async () => {
      await database.close();
      await testDatabase.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function run(
  words: readonly string[],
  environment: Record<string, string>,
  { clock, comparesClocks = false }: { clock: { readonly now: number }; comparesClocks?: boolean },
): Promise<CommandResult> {
  const written = { out: "", err: "" };
  const code = await runCommandLine(words, {
    readSettings: () => readSettings(environment, () => ({})),
    terminal: {
      out: (text) => void (written.out += text),
      err: (text) => void (written.err += text),
    },
    clock: { epochSeconds: () => clock.now, epochMilliseconds: () => clock.now * 1000 },
    comparesClocks,
    random: systemRandom,
  });
  return {
    ...written,
    code,
    document: () => JSON.parse(written.out) as unknown,
    failure: () => JSON.parse(written.err) as unknown,
  };
}

async function addAccount(database: Database, email: string, values: object) {
  const [row] = await database
    .knex("accounts")
    .insert({
      sub: `sub-of-${email}`,
      email,
      given_name: "Camille",
      family_name: "Durand",
      locale: "fr",
      password_hash: "$argon2id$not-to-be-shown",
      state: "active",
      email_verified_at: morning - 60,
      credentials_changed_at: 0,
      created_at: morning - 120,
      updated_at: morning - 60,
      ...values,
    })
    .returning<{ id: number; sub: string }[]>(["id", "sub"]);
  if (!row) throw new Error("the account was not inserted");
  return row;
}
