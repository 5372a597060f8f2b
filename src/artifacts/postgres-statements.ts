import { artifactColumns, frozenColumns } from "./artifact-rows.ts";
import type { HolderStatement } from "./artifact-store.ts";

const onConflict = `
  ON CONFLICT (model, id) DO UPDATE SET
    payload = excluded.payload, account_id = excluded.account_id, client_id = excluded.client_id,
    grant_id = excluded.grant_id, uid = excluded.uid, expires_at = excluded.expires_at
  WHERE kept.removed_at IS NULL`;

// $1 and $2: when the mark is made, until when it is kept.
const mark = `
  UPDATE artifacts SET removed_at = $1, expires_at = $2, payload = '{}', account_id = NULL,
    client_id = NULL, uid = NULL
  WHERE removed_at IS NULL`;
const found = "SELECT payload, consumed_at, expires_at FROM artifacts WHERE removed_at IS NULL";
// Removals lock in one order, grants then sessions, each by id: two at once never wait in a circle.
const sessions = `SELECT uid, account_id, payload FROM artifacts
  WHERE model = 'Session' AND removed_at IS NULL`;
const locked = "ORDER BY id FOR UPDATE";

/** What is asked for by who presents it, and then of whom it is. */
const ofHolders = "('AccessToken', 'RefreshToken', 'AuthorizationCode', 'Session')";

/** With what stands beside each, and whose it is: each look-up by itself would be a way to the server more. */
export function findMany(ofHolder: HolderStatement | undefined): string {
  const holder = `CASE WHEN wanted.model IN ${ofHolders} THEN held.account_id END`;
  const told = ofHolder?.replaceAll(":holder", holder);
  return `SELECT wanted.model || ' ' || wanted.id AS key, held.payload, held.consumed_at,
      held.expires_at, held.under_grant, granted.payload AS grant_payload,
      granted.expires_at AS grant_expires_at, frozen.account_id, frozen.client_id, frozen.session_uid,
      frozen.siret, ${told === undefined ? "NULL AS holder_id, NULL AS holder" : `${holder} AS holder_id, told.holder`}
    FROM unnest($1::text[], $2::text[]) AS wanted (model, id)
    CROSS JOIN LATERAL (
      SELECT payload, consumed_at, expires_at, account_id,
        CASE model WHEN 'Grant' THEN id ELSE grant_id END AS under_grant FROM artifacts
      WHERE removed_at IS NULL AND model = wanted.model AND id = wanted.id LIMIT 1) AS held
    LEFT JOIN LATERAL (
      SELECT payload, expires_at FROM artifacts
      WHERE removed_at IS NULL AND model = 'Grant' AND wanted.model <> 'Grant'
        AND id = held.under_grant LIMIT 1) AS granted ON true
    LEFT JOIN LATERAL (
      SELECT account_id, client_id, session_uid, siret FROM frozen_establishments
      WHERE grant_id = held.under_grant LIMIT 1) AS frozen ON true
    ${told === undefined ? "" : `LEFT JOIN LATERAL (SELECT json_agg(said) AS holder FROM (${told}) AS said) AS told ON true`}`;
}

/** The statements of {@link PostgresArtifacts}: parsed and planned once a connection, by name. */
export const postgresStatements = {
  census: `SELECT model, count(*) AS count, min(expires_at) AS oldest FROM artifacts GROUP BY model`,
  put: `INSERT INTO artifacts AS kept (${artifactColumns})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ${onConflict}`,
  // The lock meets the removal's update of the grant: whichever comes second sees what the first
  // did. The $6 is grant_id, by the order of artifactColumns.
  putUnderGrant: `WITH living AS MATERIALIZED (
      SELECT 1 FROM artifacts WHERE model = 'Grant' AND id = $6 AND removed_at IS NULL FOR SHARE)
    INSERT INTO artifacts AS kept (${artifactColumns})
    SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text,
      $8::bigint FROM living ${onConflict}`,
  // Of many: LATERAL with LIMIT makes it one look-up by key a row, whatever the planner thinks of the tables' sizes. Rows
  // are locked in one order, that of their keys: statements of two nodes never wait in a circle.
  putMany: `WITH wanted AS MATERIALIZED (
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::bigint[]) AS wanted (${artifactColumns})),
    living AS MATERIALIZED (
      SELECT held.id FROM (
        SELECT DISTINCT grant_id FROM wanted WHERE grant_id IS NOT NULL ORDER BY grant_id) AS named
      CROSS JOIN LATERAL (
        SELECT id FROM artifacts WHERE model = 'Grant' AND id = named.grant_id
          AND removed_at IS NULL LIMIT 1 FOR SHARE) AS held)
    INSERT INTO artifacts AS kept (${artifactColumns})
    SELECT ${artifactColumns} FROM wanted
    WHERE grant_id IS NULL OR grant_id IN (SELECT id FROM living) ORDER BY model, id
    ${onConflict} RETURNING model || ' ' || id AS key`,
  // A session that changes its id may stand twice for a moment: the one saved last counts.
  findByUid: `${found} AND model = $1 AND uid = $2 ORDER BY expires_at DESC LIMIT 1`,
  livingSessionsOfAccount: `${sessions} AND account_id = $1 AND expires_at > $2
    ORDER BY expires_at DESC`,
  livingGrantsOfAccount: `SELECT payload FROM artifacts WHERE model = 'Grant' AND account_id = $1
    AND expires_at > $2 AND removed_at IS NULL`,
  peopleOfClient: `SELECT count(DISTINCT account_id) AS people FROM frozen_establishments
    WHERE expires_at > $1 AND ($2::text IS NULL OR client_id = $2)`,
  consume: `UPDATE artifacts SET consumed_at = $1
    WHERE model = $2 AND id = $3 AND consumed_at IS NULL AND removed_at IS NULL`,
  consumeByUid: `UPDATE artifacts SET consumed_at = $1
    WHERE model = $2 AND uid = $3 AND consumed_at IS NULL AND removed_at IS NULL`,
  consumeMany: `WITH wanted AS MATERIALIZED (
      SELECT named.model, named.id FROM unnest($2::text[], $3::text[]) AS named (model, id)
      CROSS JOIN LATERAL (
        SELECT 1 FROM artifacts WHERE model = named.model AND id = named.id
          AND consumed_at IS NULL AND removed_at IS NULL LIMIT 1 FOR UPDATE) AS held)
    UPDATE artifacts SET consumed_at = $1 FROM wanted
    WHERE artifacts.model = wanted.model AND artifacts.id = wanted.id
    RETURNING artifacts.model || ' ' || artifacts.id AS key`,
  insertOnce: `INSERT INTO artifacts AS kept (model, id, payload, expires_at)
    VALUES ($1, $2, '{}', $3)
    ON CONFLICT (model, id) DO UPDATE SET expires_at = excluded.expires_at
    WHERE kept.expires_at <= $4`,
  delete: "DELETE FROM artifacts WHERE model = $1 AND id = $2",
  deleteByGrant: "DELETE FROM artifacts WHERE model = $1 AND grant_id = $2",
  deleteUnderGrants: "DELETE FROM artifacts WHERE grant_id = ANY($1)",
  deleteOfAccount: "DELETE FROM artifacts WHERE account_id = $1",
  deleteFrozen: "DELETE FROM frozen_establishments WHERE grant_id = ANY($1)",
  markGrants: `${mark} AND model = 'Grant' AND id = ANY($3)`,
  markSession: `${mark} AND model = 'Session' AND id = $3`,
  markSessionsOfAccount: `${mark} AND model = 'Session' AND account_id = $3`,
  markSessionsByUid: `${mark} AND model = 'Session' AND uid = $3`,
  sessionsOfAccount: `${sessions} AND account_id = $1 ${locked}`,
  sessionsByUid: `${sessions} AND uid = $1 ${locked}`,
  grantsOfAccount: `SELECT id FROM artifacts WHERE model = 'Grant' AND account_id = $1
    UNION SELECT grant_id FROM frozen_establishments WHERE account_id = $1`,
  grantsOfEstablishment: `SELECT grant_id AS id FROM frozen_establishments
    WHERE account_id = $1 AND siret = $2`,
  grantsOfClient: `SELECT id FROM artifacts
      WHERE model = 'Grant' AND account_id = $1 AND client_id = $2
    UNION SELECT grant_id FROM frozen_establishments
      WHERE account_id = $1 AND client_id = $2`,
  grantsOfSession: "SELECT grant_id AS id FROM frozen_establishments WHERE session_uid = $1",
  describeGrants: `SELECT held.id, held.account_id, held.client_id, frozen.siret,
      (SELECT payload FROM artifacts WHERE model = 'Session' AND removed_at IS NULL
        AND uid = frozen.session_uid
        ORDER BY expires_at DESC LIMIT 1) AS session
    FROM artifacts AS held LEFT JOIN frozen_establishments AS frozen ON frozen.grant_id = held.id
    WHERE held.model = 'Grant' AND held.id = ANY($1) AND held.removed_at IS NULL
    ORDER BY held.id FOR UPDATE OF held`,
  freeze: `INSERT INTO frozen_establishments (${frozenColumns}) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (grant_id) DO NOTHING`,
  frozenMany: `SELECT grant_id AS key, account_id, client_id, session_uid, siret FROM frozen_establishments
    WHERE grant_id = ANY($1)`,
  planEachTime: "SET LOCAL plan_cache_mode = auto",
  // A row that another node is sweeping is skipped, not waited for.
  sweepArtifacts: `DELETE FROM artifacts WHERE (model, id) IN (
    SELECT model, id FROM artifacts WHERE expires_at < $1
    ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
  sweepFrozen: `DELETE FROM frozen_establishments WHERE grant_id IN (
    SELECT grant_id FROM frozen_establishments AS frozen WHERE expires_at < $1 AND NOT EXISTS (
      SELECT 1 FROM artifacts WHERE model = 'Grant' AND id = frozen.grant_id)
    ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
} as const;

/** The name of one of them. */
export type PostgresStatement = keyof typeof postgresStatements | "findMany";
