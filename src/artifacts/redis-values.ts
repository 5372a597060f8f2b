import { digest } from "../foundation/index.ts";
import type {
  ArtifactModel,
  ArtifactPayload,
  FrozenEstablishment,
  NewArtifact,
  NewFrozenEstablishment,
  StoredArtifact,
} from "./artifact-store.ts";
import { removedMark, unusedMark } from "./redis-scripts.ts";

/** What stands in the value of an artifact, before its payload. */
export interface RedisColumns {
  /** Epoch seconds; null: never. */
  readonly expiresAt: number | null;
  readonly accountId: string | null;
  readonly clientId: string | null;
  /** Digests. */
  readonly grantId: string | null;
  readonly uid: string | null;
  /** How often what was issued under the grant had been voided when this was. */
  readonly voided: number;
}

/** An artifact as it stands in its key. */
export interface RedisArtifact extends RedisColumns {
  readonly consumedAt: number | undefined;
  readonly payload: ArtifactPayload;
}

/** What a frozen establishment's key holds. */
export interface RedisFrozen {
  readonly accountId: string;
  readonly clientId: string;
  /** The digest of the session's `uid`. */
  readonly sessionUid: string | null;
  readonly siret: string | null;
}

/**
 * The keys. What stands between braces decides the slot of a cluster: all that is of one grant is in one, everything else is
 * spread. Only digests stand in them.
 */
export const redisKeys = {
  artifact: (model: ArtifactModel, idDigest: string) =>
    model === "Grant" ? `Grant:{${idDigest}}` : `${model}:${idDigest}`,
  frozen: (grantDigest: string) => `frozen:{${grantDigest}}`,
  voided: (grantDigest: string, model: ArtifactModel) => `voided:{${grantDigest}}:${model}`,
  uid: (model: ArtifactModel, uidDigest: string) => `uid:${model}:${uidDigest}`,
  account: (accountId: string) => `account:${digest(accountId)}`,
  session: (uidDigest: string) => `session:${uidDigest}`,
  people: (part: number) => `people:${part}`,
} as const;

/** What is issued under a grant, and may be voided under it. */
const voidable: readonly ArtifactModel[] = ["AccessToken", "AuthorizationCode", "RefreshToken"];

/** What stands beside a grant, in its slot. */
export function besideGrant(grantDigest: string): string[] {
  const counters = voidable.map((model) => redisKeys.voided(grantDigest, model));
  return [redisKeys.frozen(grantDigest), ...counters];
}

/** What a put writes behind the mark. */
export function columnsAndPayload(
  artifact: NewArtifact,
  expiresAt: number | undefined,
  voided: number,
): string {
  const columns = [
    expiresAt ?? null,
    artifact.accountId ?? null,
    artifact.clientId ?? null,
    digestOrNull(artifact.grantId),
    digestOrNull(artifact.uid),
    voided,
  ];
  return ` ${JSON.stringify(columns)}\n${JSON.stringify(artifact.payload)}`;
}

/** What a mark that may exist once writes. @param nonce who made it: the same call, repeated, finds its own */
export function onceMark(expiresAt: number, nonce: string): string {
  return ` ${JSON.stringify([expiresAt, null, null, null, null, 0, nonce])}\n{}`;
}

/** @returns undefined for what is not there, or was removed */
export function readArtifact(value: string | null | undefined): RedisArtifact | undefined {
  if (value === null || value === undefined || value === removedMark) return undefined;
  const space = value.indexOf(" ");
  const line = value.indexOf("\n", space);
  const mark = value.slice(0, space);
  const [expiresAt, accountId, clientId, grantId, uid, voided] = JSON.parse(
    value.slice(space + 1, line),
  ) as [number | null, ...(string | null)[], number];
  return {
    consumedAt: mark === unusedMark ? undefined : Number.parseInt(mark, 10),
    expiresAt,
    accountId: accountId as string | null,
    clientId: clientId as string | null,
    grantId: grantId as string | null,
    uid: uid as string | null,
    voided: Number(voided),
    payload: JSON.parse(value.slice(line + 1)) as ArtifactPayload,
  };
}

/** @param now epoch seconds */
export function storedFrom(
  artifact: RedisArtifact | undefined,
  now: number,
): StoredArtifact | undefined {
  if (!artifact) return undefined;
  const { payload, consumedAt } = artifact;
  const expiresAt = artifact.expiresAt ?? undefined;
  return {
    payload,
    consumedAt,
    expiresAt,
    expired: expiresAt !== undefined && expiresAt <= now,
  };
}

/** What a freeze writes. */
export function frozenValue(frozen: NewFrozenEstablishment): string {
  const { accountId, clientId, sessionUid, siret } = frozen;
  return JSON.stringify([accountId, clientId, digestOrNull(sessionUid), siret ?? null]);
}

/** @returns undefined when there is none */
export function readFrozen(value: string | null | undefined): RedisFrozen | undefined {
  if (value === null || value === undefined) return undefined;
  const [accountId, clientId, sessionUid, siret] = JSON.parse(value) as [
    string,
    string,
    string | null,
    string | null,
  ];
  return { accountId, clientId, sessionUid, siret };
}

/** The domain's view of it. */
export function frozenFrom(frozen: RedisFrozen | undefined): FrozenEstablishment | undefined {
  if (!frozen) return undefined;
  const { accountId, clientId, sessionUid, siret } = frozen;
  return { accountId, clientId, siret: siret ?? undefined, outlivesSession: sessionUid === null };
}

/** When it ends, for comparing. */
export function endOf({ expiresAt }: Pick<RedisArtifact, "expiresAt">): number {
  return expiresAt ?? Infinity;
}

function digestOrNull(secret: string | undefined): string | null {
  return secret === undefined ? null : digest(secret);
}
