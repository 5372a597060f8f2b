import type { Prepared } from "../storage/index.ts";

/** What migrations 005 and 006 make in the register: the tables of the artifacts, in a database of their own. */
const statements = [
  `CREATE TABLE artifacts (
    model TEXT NOT NULL, id TEXT COLLATE "C" NOT NULL, payload TEXT NOT NULL, account_id TEXT,
    client_id TEXT, grant_id TEXT COLLATE "C", uid TEXT, user_code TEXT, consumed_at BIGINT,
    removed_at BIGINT, expires_at BIGINT, PRIMARY KEY (model, id))`,
  ...["account_id", "grant_id", "uid", "user_code"].map(
    (column) =>
      `CREATE INDEX artifacts_${column} ON artifacts (${column}) WHERE ${column} IS NOT NULL`,
  ),
  "CREATE INDEX artifacts_expires_at ON artifacts (expires_at)",
  `CREATE TABLE frozen_establishments (
    grant_id TEXT COLLATE "C" PRIMARY KEY, account_id TEXT NOT NULL, client_id TEXT NOT NULL,
    session_uid TEXT, siret TEXT, expires_at BIGINT NOT NULL)`,
  "CREATE INDEX frozen_establishments_session_uid ON frozen_establishments (session_uid)",
  "CREATE INDEX frozen_establishments_expires_at ON frozen_establishments (expires_at)",
  "CREATE INDEX frozen_establishments_account ON frozen_establishments (account_id, siret)",
];

/** Of the lock that nodes which start together take: one makes the tables, the others find them. */
const lockNumber = 4_116_001;

/** Makes the tables where there are none, all of them or nothing. @returns whether it did */
export function makeTables({ transaction }: Prepared): Promise<boolean> {
  return transaction(async (run) => {
    await run("artifacts.lockTables", "SELECT pg_advisory_xact_lock($1)", [lockNumber]);
    const sought = "SELECT to_regclass('artifacts') IS NOT NULL AS found";
    const { rows } = await run("artifacts.hasTables", sought, []);
    if ((rows as { found: boolean }[])[0]?.found) return false;
    for (const [index, text] of statements.entries()) {
      await run(`artifacts.makeTables.${index}`, text, []);
    }
    return true;
  });
}
