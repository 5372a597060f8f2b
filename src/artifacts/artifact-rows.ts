import { digest, minutes, seconds } from "../foundation/index.ts";
import type {
  ArtifactModel,
  ArtifactPayload,
  FrozenEstablishment,
  NewArtifact,
  NewFrozenEstablishment,
  RemovedGrant,
  RemovedSession,
  StoredArtifact,
} from "./artifact-store.ts";

/** How long the empty mark of a removed session or grant stays: longer than any request lives. */
export const removalMarkSeconds = minutes(10);

/** How long an expired row is kept: clocks of several nodes differ, and a replay is told from a miss. */
export const sweepDelaySeconds = seconds(60);

/** What a column holds. */
export type Column = string | number | null;

/** Of an artifact, what a look-up reads. PostgreSQL may give its big integers as strings. */
export interface ArtifactRow {
  readonly payload: string;
  readonly consumed_at: number | string | null;
  readonly expires_at: number | string | null;
}

/** Of a grant and its frozen establishment, what a removal reports. */
export interface GrantRow {
  readonly id: string;
  readonly account_id: string | null;
  readonly client_id: string | null;
  readonly siret: string | null;
  readonly session: string | null;
}

/** Of a session, what a removal reports. */
export interface SessionRow {
  readonly uid: string | null;
  readonly account_id: string | null;
  readonly payload: string;
}

/** A row of `frozen_establishments`, as it is read. */
export interface FrozenRow {
  readonly account_id: string;
  readonly client_id: string;
  readonly session_uid: string | null;
  readonly siret: string | null;
}

/** An artifact with what stands beside it: null where there is nothing. */
export interface ArtifactRowBeside extends ArtifactRow {
  readonly under_grant: string | null;
  readonly grant_payload: string | null;
  readonly grant_expires_at: number | string | null;
  readonly account_id: string | null;
  readonly client_id: string | null;
  readonly session_uid: string | null;
  readonly siret: string | null;
  /** Whose it is, where its holder was asked for. */
  readonly holder_id: string | null;
  /** The rows of the register; null when there are none. */
  readonly holder: readonly object[] | null;
}

/** The columns of {@link artifactValues}, in their order. */
export const artifactColumns =
  "model, id, payload, account_id, client_id, grant_id, uid, expires_at";

/** What a put writes. The payload is text: `JSON.stringify` escapes NUL and lone surrogates. */
export function artifactValues(
  model: ArtifactModel,
  id: string,
  artifact: NewArtifact,
  expiresAt: number | undefined,
): Column[] {
  return [
    model,
    digest(id),
    JSON.stringify(artifact.payload),
    artifact.accountId ?? null,
    artifact.clientId ?? null,
    digestOrNull(artifact.grantId),
    digestOrNull(artifact.uid),
    expiresAt ?? null,
  ];
}

/** The columns of {@link frozenValues}, in their order. */
export const frozenColumns = "grant_id, account_id, client_id, session_uid, siret, expires_at";

/** What a freeze writes. */
export function frozenValues(
  grantId: string,
  frozen: NewFrozenEstablishment,
  expiresAt: number,
): Column[] {
  return [
    digest(grantId),
    frozen.accountId,
    frozen.clientId,
    digestOrNull(frozen.sessionUid),
    frozen.siret ?? null,
    expiresAt,
  ];
}

/** @param now epoch seconds */
export function storedArtifact(
  row: ArtifactRow | undefined,
  now: number,
): StoredArtifact | undefined {
  if (!row) return undefined;
  const expiresAt = instant(row.expires_at);
  return {
    payload: payloadOf(row.payload),
    consumedAt: instant(row.consumed_at),
    expiresAt,
    expired: expiresAt !== undefined && expiresAt <= now,
  };
}

/** @param now epoch seconds */
export function storedBeside(
  row: ArtifactRowBeside | undefined,
  now: number,
): StoredArtifact | undefined {
  const held = storedArtifact(row, now);
  if (!row || !held) return held;
  const { holder_id: accountId, holder } = row;
  const stored = accountId === null ? held : { ...held, holder: { accountId, rows: holder ?? [] } };
  if (row.under_grant === null) return stored;
  const { grant_payload: payload, grant_expires_at: expires_at } = row;
  const { account_id, client_id, session_uid, siret } = row;
  const grant = payload === null ? undefined : { payload, consumed_at: null, expires_at };
  const isFrozen = account_id !== null && client_id !== null;
  const frozen = isFrozen ? { account_id, client_id, session_uid, siret } : undefined;
  const beside = { grant: storedArtifact(grant, now), frozen: frozenEstablishment(frozen) };
  return { ...stored, beside };
}

/** The domain's view of a {@link FrozenRow}. */
export function frozenEstablishment(row: FrozenRow | undefined): FrozenEstablishment | undefined {
  if (!row) return undefined;
  return {
    accountId: row.account_id,
    clientId: row.client_id,
    siret: row.siret ?? undefined,
    outlivesSession: row.session_uid === null,
  };
}

/** The domain's view of a {@link GrantRow}. */
export function removedGrant(row: GrantRow): RemovedGrant {
  return {
    grantDigest: row.id,
    accountId: row.account_id ?? undefined,
    clientId: row.client_id ?? undefined,
    siret: row.siret ?? undefined,
    session: row.session === null ? undefined : payloadOf(row.session),
  };
}

/** The domain's view of a {@link SessionRow}. */
export function removedSession(row: SessionRow): RemovedSession {
  return {
    uidDigest: row.uid ?? undefined,
    accountId: row.account_id ?? undefined,
    payload: payloadOf(row.payload),
  };
}

/** The payloads of sessions that are ordered by their last save, each session once. */
export function sessionPayloads(rows: readonly SessionRow[]): ArtifactPayload[] {
  const first = new Map<string | null, SessionRow>();
  for (const row of rows) if (!first.has(row.uid)) first.set(row.uid, row);
  return [...first.values()].map(({ payload }) => payloadOf(payload));
}

/** The payloads of grants. */
export function grantPayloads(
  rows: readonly { readonly payload: string }[],
): readonly ArtifactPayload[] {
  return rows.map(({ payload }) => payloadOf(payload));
}

function digestOrNull(secret: string | undefined): string | null {
  return secret === undefined ? null : digest(secret);
}

function payloadOf(text: string): ArtifactPayload {
  return JSON.parse(text) as ArtifactPayload;
}

function instant(value: number | string | null): number | undefined {
  return value === null ? undefined : Number(value);
}
