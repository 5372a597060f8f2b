import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Column, artifactColumns, frozenColumns } from "./artifact-rows.ts";
import type { ArtifactModel } from "./artifact-store.ts";

const onConflict = `
  ON CONFLICT (model, id) DO UPDATE SET
    payload = excluded.payload, account_id = excluded.account_id, client_id = excluded.client_id,
    grant_id = excluded.grant_id, uid = excluded.uid, expires_at = excluded.expires_at
  WHERE kept.removed_at IS NULL`;

const listed = "(SELECT value FROM json_each(?))";
const mark = `
  UPDATE artifacts SET removed_at = ?, expires_at = ?, payload = '{}', account_id = NULL,
    client_id = NULL, uid = NULL
  WHERE removed_at IS NULL`;
const found = "SELECT payload, consumed_at, expires_at FROM artifacts WHERE removed_at IS NULL";
const sessions = "SELECT uid, account_id, payload FROM artifacts WHERE model = 'Session'";

const texts = {
  put: `INSERT INTO artifacts AS kept (${artifactColumns})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ${onConflict}`,
  // ?6 is grant_id, by the order of artifactColumns.
  putUnderGrant: `INSERT INTO artifacts AS kept (${artifactColumns})
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (
      SELECT 1 FROM artifacts WHERE model = 'Grant' AND id = ?6 AND removed_at IS NULL)
    ${onConflict}`,
  find: `${found} AND model = ? AND id = ?`,
  // What is under a grant with that grant, and a grant with itself: with the establishment that it is frozen to.
  findBeside: `SELECT held.payload, held.consumed_at, held.expires_at, held.under_grant,
      granted.payload AS grant_payload, granted.expires_at AS grant_expires_at, frozen.account_id,
      frozen.client_id, frozen.session_uid, frozen.siret, NULL AS holder_id, NULL AS holder
    FROM (SELECT model, payload, consumed_at, expires_at,
        CASE model WHEN 'Grant' THEN id ELSE grant_id END AS under_grant
      FROM artifacts WHERE removed_at IS NULL AND model = ? AND id = ?) AS held
    LEFT JOIN artifacts AS granted ON granted.model = 'Grant' AND granted.id = held.under_grant
      AND granted.removed_at IS NULL AND held.model <> 'Grant'
    LEFT JOIN frozen_establishments AS frozen ON frozen.grant_id = held.under_grant`,
  // A session that changes its id may stand twice for a moment: the one saved last counts.
  findByUid: `${found} AND model = ? AND uid = ? ORDER BY expires_at DESC LIMIT 1`,
  livingSessionsOfAccount: `${sessions} AND account_id = ? AND expires_at > ?
    AND removed_at IS NULL ORDER BY expires_at DESC`,
  livingGrantsOfAccount: `SELECT payload FROM artifacts WHERE model = 'Grant' AND account_id = ?
    AND expires_at > ? AND removed_at IS NULL`,
  peopleOfClient: `SELECT count(DISTINCT account_id) AS people FROM frozen_establishments
    WHERE expires_at > ?1 AND (?2 IS NULL OR client_id = ?2)`,
  consume: `UPDATE artifacts SET consumed_at = ?
    WHERE model = ? AND id = ? AND consumed_at IS NULL AND removed_at IS NULL`,
  consumeByUid: `UPDATE artifacts SET consumed_at = ?
    WHERE model = ? AND uid = ? AND consumed_at IS NULL AND removed_at IS NULL`,
  insertOnce: `INSERT INTO artifacts AS kept (model, id, payload, expires_at) VALUES (?, ?, '{}', ?)
    ON CONFLICT (model, id) DO UPDATE SET expires_at = excluded.expires_at
    WHERE kept.expires_at <= ?`,
  delete: "DELETE FROM artifacts WHERE model = ? AND id = ?",
  deleteByGrant: "DELETE FROM artifacts WHERE model = ? AND grant_id = ?",
  deleteUnderGrants: `DELETE FROM artifacts WHERE grant_id IN ${listed}`,
  deleteOfAccount: "DELETE FROM artifacts WHERE account_id = ?",
  deleteFrozen: `DELETE FROM frozen_establishments WHERE grant_id IN ${listed}`,
  markGrants: `${mark} AND model = 'Grant' AND id IN ${listed}`,
  markSession: `${mark} AND model = 'Session' AND id = ?`,
  markSessionsOfAccount: `${mark} AND model = 'Session' AND account_id = ?`,
  markSessionsByUid: `${mark} AND model = 'Session' AND uid = ?`,
  sessionsOfAccount: `${sessions} AND account_id = ?`,
  sessionsByUid: `${sessions} AND uid = ?`,
  // By the account: for the union SQLite would read every grant, which its key has in order.
  grantsOfAccount: `SELECT id FROM artifacts INDEXED BY artifacts_account_id
      WHERE model = 'Grant' AND account_id = ?1
    UNION SELECT grant_id FROM frozen_establishments WHERE account_id = ?1`,
  grantsOfEstablishment: `SELECT grant_id AS id FROM frozen_establishments
    WHERE account_id = ? AND siret = ?`,
  grantsOfClient: `SELECT id FROM artifacts INDEXED BY artifacts_account_id
      WHERE model = 'Grant' AND account_id = ?1 AND client_id = ?2
    UNION SELECT grant_id FROM frozen_establishments
      WHERE account_id = ?1 AND client_id = ?2`,
  grantsOfSession: "SELECT grant_id AS id FROM frozen_establishments WHERE session_uid = ?",
  describeGrants: `SELECT held.id, held.account_id, held.client_id, frozen.siret,
      (SELECT payload FROM artifacts WHERE model = 'Session' AND removed_at IS NULL
        AND uid = frozen.session_uid
        ORDER BY expires_at DESC LIMIT 1) AS session
    FROM artifacts AS held LEFT JOIN frozen_establishments AS frozen ON frozen.grant_id = held.id
    WHERE held.model = 'Grant' AND held.id IN ${listed} AND held.removed_at IS NULL
    ORDER BY held.id`,
  freeze: `INSERT INTO frozen_establishments (${frozenColumns}) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (grant_id) DO NOTHING`,
  frozen: `SELECT account_id, client_id, session_uid, siret FROM frozen_establishments
    WHERE grant_id = ?`,
  sweepArtifacts: `DELETE FROM artifacts WHERE rowid IN (
    SELECT rowid FROM artifacts WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
  sweepFrozen: `DELETE FROM frozen_establishments WHERE grant_id IN (
    SELECT grant_id FROM frozen_establishments AS frozen WHERE expires_at < ? AND NOT EXISTS (
      SELECT 1 FROM artifacts WHERE model = 'Grant' AND id = frozen.grant_id)
    ORDER BY expires_at LIMIT ?)`,
};

/** The statements of {@link SqliteArtifacts}, each prepared once. */
export type SqliteStatements = Readonly<Record<keyof typeof texts, StatementSync>>;

/** Prepares them on an open file. */
export function prepareStatements(database: DatabaseSync): SqliteStatements {
  const prepared = Object.entries(texts).map(([name, text]) => [name, database.prepare(text)]);
  return Object.fromEntries(prepared) as SqliteStatements;
}

/** What the library asks its grant of next, and the grant itself. */
export const underGrants: ReadonlySet<ArtifactModel> = new Set([
  ...(["AccessToken", "RefreshToken", "AuthorizationCode", "Grant"] as const),
]);

/** What SQLite does at once, as the promise the contract speaks of; a fault becomes a rejection. */
export function promised<Result>(work: () => Result): Promise<Result> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

/** How many rows a statement changed. */
export function changes(statement: StatementSync, values: Column[]): number {
  return Number(statement.run(...values).changes);
}
