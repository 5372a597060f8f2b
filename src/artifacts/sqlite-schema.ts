import { DatabaseSync } from "node:sqlite";
import { isBusy, makePrivateFile } from "../storage/index.ts";

/**
 * Kept in the file's `user_version`: a generation, and a thousand for each addition to it. Older code of
 * the generation works on a file with additions (columns that may be missing, tables, indexes); whoever
 * makes one applies it to files that lack it. Another generation is another file.
 */
const schemaVersion = 1;
const generationOf = (version: number) => version % 1000;

/*
 * Measured with 60 000 tokens: an ordinary table takes 1.6 times the inserts of one WITHOUT ROWID,
 * whose pages split around payloads of 500 bytes; so only the small second table is made that way.
 */
// Of the device flow, which is off, user_code is left: builds up to 0.2.0 write it, and may come back to the file.
const schema = `
  CREATE TABLE artifacts (
    model TEXT NOT NULL,
    id TEXT NOT NULL,
    payload TEXT NOT NULL,
    account_id TEXT,
    client_id TEXT,
    grant_id TEXT,
    uid TEXT,
    user_code TEXT,
    consumed_at INTEGER,
    removed_at INTEGER,
    expires_at INTEGER,
    PRIMARY KEY (model, id)
  ) STRICT;
  CREATE INDEX artifacts_account_id ON artifacts (account_id) WHERE account_id IS NOT NULL;
  CREATE INDEX artifacts_grant_id ON artifacts (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX artifacts_uid ON artifacts (uid) WHERE uid IS NOT NULL;
  CREATE INDEX artifacts_user_code ON artifacts (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX artifacts_expires_at ON artifacts (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE frozen_establishments (
    grant_id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    session_uid TEXT,
    siret TEXT,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX frozen_establishments_account ON frozen_establishments (account_id, siret);
  CREATE INDEX frozen_establishments_session_uid ON frozen_establishments (session_uid)
    WHERE session_uid IS NOT NULL;
  CREATE INDEX frozen_establishments_expires_at ON frozen_establishments (expires_at);
  PRAGMA user_version = ${schemaVersion};
`;

/**
 * Opens the artifacts' file and makes its folder and schema if they are missing. The server and the
 * command line may do so at the same moment.
 * @param busyMilliseconds how long another process that writes is waited for; nothing else is done meanwhile
 * @throws Error when the file was made by another version of this code
 */
export function openArtifactsFile(path: string, busyMilliseconds: number): DatabaseSync {
  makePrivateFile(path);
  const database = new DatabaseSync(path, { timeout: busyMilliseconds });
  try {
    despiteOthers(() => {
      prepareFile(database, path);
    });
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function prepareFile(database: DatabaseSync, path: string): void {
  // A power cut may lose the last sign-ins (synchronous=NORMAL), never the file. Checkpoints are taken
  // by a thread (checkpoints.ts); SQLite's own come after 8000 pages, and find little left to do.
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -16000;
    PRAGMA wal_autocheckpoint = 8000;
    PRAGMA journal_size_limit = 67108864;
  `);
  inTransaction(database, () => {
    const version = versionOf(database);
    if (version === 0) database.exec(schema);
    else if (generationOf(version) !== generationOf(schemaVersion))
      throw new Error(unknownVersion(path, version));
  });
}

/**
 * Tries again for two seconds: of two processes that turn a new file to WAL at once, SQLite refuses
 * one immediately, whatever its busy timeout.
 */
function despiteOthers(work: () => void): void {
  for (let attempt = 1; ; attempt++) {
    try {
      work();
      return;
    } catch (error) {
      if (!isBusy(error) || attempt === 200) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Runs `work` in one transaction that is a writer from its start, so that it never has to start again. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}

function unknownVersion(path: string, version: number): string {
  return `${path} has artifacts of version ${version}, this code knows version ${schemaVersion}`;
}
