import { existsSync } from "node:fs";
import { ConfigurationError, type Settings } from "../operations/index.ts";
import {
  type Database,
  databaseFault,
  openDatabase,
  schemaProblem,
  schemaState,
  sqliteFileProblem,
} from "../storage/index.ts";

/** What is asked ends in time, whatever `DATABASE_TIMEOUT` says: it may be what is wrong. */
const limits = { connections: 2, timeoutSeconds: 5 };

const name = "DATABASE_URL";

/** What is written at once or not at all cannot be written through it. */
const statementMode = {
  name,
  found: "a pooler in statement mode, which knows no transactions",
  expected: "the server itself, or a pooler with pool_mode = transaction or session",
};

/** @throws ConfigurationError when no transaction can be had */
export async function refuseStatementMode(database: Pick<Database, "pooler">): Promise<void> {
  if ((await database.pooler()) === "statement") throw new ConfigurationError([statementMode]);
}

/**
 * That a start can work on the register: it is reached, and of this build. Makes and writes nothing.
 * @param settings in production nothing makes or migrates it but `lopauth migrate`
 * @param look at what is in it, where every migration is applied
 * @throws ConfigurationError
 */
export async function proveRegister(
  { databaseUrl, production }: Pick<Settings, "databaseUrl" | "production">,
  look: (database: Database) => Promise<void>,
): Promise<void> {
  const file = databaseUrl.startsWith("sqlite:") ? databaseUrl.slice("sqlite:".length) : undefined;
  if (file !== undefined && !isThere(file, production)) return;
  let database: Database | undefined;
  try {
    database = openDatabase(databaseUrl, limits);
    await database.ping();
    await refuseStatementMode(database);
    const { pending, ...state } = await schemaState(database);
    const problem = schemaProblem({ ...state, pending: production ? pending : [] });
    if (problem) {
      const expected = `one of this build: ${problem.advice}`;
      throw new ConfigurationError([{ name, found: problem.found, expected }]);
    }
    if (pending.length === 0) await look(database);
  } catch (error) {
    const found = faultText(error);
    if (found === undefined) throw error;
    const expected = file === undefined ? ofServer : ofFile;
    throw new ConfigurationError([{ name, found, expected }]);
  } finally {
    await database?.close().catch(() => undefined);
  }
}

/** @throws ConfigurationError where production would make one, and where something else stands in its place */
function isThere(file: string, production: boolean): boolean {
  const stranger = sqliteFileProblem(file);
  if (stranger !== undefined) {
    throw new ConfigurationError([{ name, found: `${stranger}: ${file}`, expected: ofFile }]);
  }
  if (existsSync(file)) return true;
  if (production) throw new ConfigurationError([{ name, ...missing(file) }]);
  return false;
}

function missing(file: string) {
  const expected =
    'the path of the register; on a first installation run "lopauth migrate" first, which makes it';
  return { found: `no file ${file}`, expected };
}

const ofFile =
  "the path of an SQLite database that this user may read and write, in a folder where it may write; in the place of a damaged one the last backup (docs/operations.md, Restore)";
const ofServer =
  "a PostgreSQL that runs, takes writes and lets this machine in: its host, port, user, password and database name";

/** What the database or the system says, which holds no password; undefined of a fault that neither of them has. */
function faultText(error: unknown): string | undefined {
  const { errno, message } = error as Partial<NodeJS.ErrnoException>;
  return databaseFault(error)?.message ?? (errno === undefined ? undefined : message);
}
