import type { CountedModel } from "./census.ts";

/**
 * Everything the provider keeps for a short while, as oidc-provider names it. `Client` is not among
 * them: declared and registered clients belong to the register. Nor is what features that are off would keep
 * (device codes, CIBA, the library's own registration): `test/provider/artifact-models.test.ts` compares.
 */
export const artifactModels = [
  "Session",
  "Interaction",
  "Grant",
  "AuthorizationCode",
  "AccessToken",
  "RefreshToken",
  "ClientCredentials",
  "PushedAuthorizationRequest",
  "ReplayDetection",
  // Ours: a request that came by POST, on its way to become one by GET.
  "PostedRequest",
] as const;

/** One of {@link artifactModels}. An id of one model is never found as another. */
export type ArtifactModel = (typeof artifactModels)[number];

/** What oidc-provider writes: an open JSON object. */
export type ArtifactPayload = Record<string, unknown>;

/** An artifact to keep. */
export interface NewArtifact {
  /** Without `jti`: the id is a bearer secret and stands nowhere in clear. The caller puts it back. */
  readonly payload: Readonly<ArtifactPayload>;
  /** Whose it is (`sub`), kept in clear. */
  readonly accountId?: string | undefined;
  /** Which client it was made for, kept in clear. */
  readonly clientId?: string | undefined;
  /**
   * The grant it was *issued under* (codes and tokens). Not the one an interaction merely looks at:
   * the interaction must survive that grant.
   */
  readonly grantId?: string | undefined;
  /** A session's own `uid`; of a refresh token, the one that it came in place of. */
  readonly uid?: string | undefined;
}

/** An artifact as it was found. The payload is a fresh object that the caller may change. */
export interface StoredArtifact {
  readonly payload: ArtifactPayload;
  /** When it was consumed, epoch seconds. */
  readonly consumedAt: number | undefined;
  /** From when it is no longer valid, epoch seconds; undefined when it never expires. */
  readonly expiresAt: number | undefined;
  /** Whether that instant has come. Expired artifacts are found until they are swept. */
  readonly expired: boolean;
  /**
   * What stands beside a grant, or a code or token under one, where the store reads it on the same way: each look-up
   * saved is a round trip to PostgreSQL. undefined: the store did not look.
   */
  readonly beside?: BesideArtifact;
  /** What the register says of whose it is, read in the same statement; undefined: the store did not look. */
  readonly holder?: HolderRead;
}

/** What {@link HolderStatement} gave of an account. */
export interface HolderRead {
  /** Its `sub`. */
  readonly accountId: string;
  /** As `JSON.parse` gives them; none: there is no such account. */
  readonly rows: readonly object[];
}

/**
 * A SELECT of the register on PostgreSQL that says who an account is: `:holder` stands in the place of its `sub`. Who opens
 * the store gives it, and reads its rows: to the store they mean nothing.
 */
export type HolderStatement = string;

/** A grant, and the establishment that it is frozen to; undefined what there is not. */
export interface BesideArtifact {
  readonly grant: StoredArtifact | undefined;
  readonly frozen: FrozenEstablishment | undefined;
}

/** The establishment that an authorization is for, once and for all. */
export interface FrozenEstablishment {
  readonly accountId: string;
  readonly clientId: string;
  /** 14 digits; undefined when the authorization is for no establishment. */
  readonly siret: string | undefined;
  /** Whether the grant lives on when its session ends. */
  readonly outlivesSession: boolean;
}

/** What {@link ArtifactStore.freezeEstablishment} is given. */
export interface NewFrozenEstablishment extends Omit<FrozenEstablishment, "outlivesSession"> {
  /** The `uid` of the session that the grant ends with; undefined when it outlives its session. */
  readonly sessionUid?: string | undefined;
}

/** A grant that was just removed with all that was issued under it: its client may have to be told. */
export interface RemovedGrant {
  /** The digest of its id: names it in logs and audit records, opens nothing. */
  readonly grantDigest: string;
  readonly accountId: string | undefined;
  readonly clientId: string | undefined;
  readonly siret: string | undefined;
  /** The payload of the session it ends with (its `sid` for the client stands there), if that lived. */
  readonly session: ArtifactPayload | undefined;
}

/** A session that was just removed. */
export interface RemovedSession {
  /** The digest of its `uid`. */
  readonly uidDigest: string | undefined;
  readonly accountId: string | undefined;
  /** As it last was: `authorizations` names its clients and their `sid`. */
  readonly payload: ArtifactPayload;
}

/** What a removal is of: everything of a person, their grants for one establishment or one client, or a session. */
export type Ending =
  | { readonly accountId: string; readonly siret?: string | undefined }
  | { readonly accountId: string; readonly clientId: string }
  | { readonly sessionUid: string };

/** What a removal ended, expired but unswept things included. */
export interface Removal {
  readonly sessions: readonly RemovedSession[];
  readonly grants: readonly RemovedGrant[];
}

/**
 * The short-lived store behind oidc-provider. Three implementations pass one suite: `node:sqlite` on a
 * file of its own, PostgreSQL, and a Redis (or Valkey), alone or as a cluster.
 *
 * Ids, grant ids and uids are given in clear and kept as digests only. Each change that
 * must happen once is one conditional statement; removals that belong together are one transaction,
 * or in a Redis one key each, of which each is right by itself.
 *
 * **What is removed stays removed.** oidc-provider reads, thinks, then writes, so a write is often
 * under way when a removal happens: a refresh whose access just closed, an authorization that saves
 * its session after a sign-out. Two rules keep such a write from bringing anything back:
 * 1. a code or token is put *under its grant*, in one statement that needs the grant to live and,
 *    on PostgreSQL, locks it: either the removal sees the token and deletes it, or the put is refused
 *    (in a Redis each look-up of the token looks at its grant, too);
 * 2. a removed session or grant leaves an empty mark under its key for ten minutes, longer than any
 *    request, and a put on a mark is refused.
 * What remains is a sign-in that checked the old password before a removal and writes a *new*
 * session after it: only the register can tell (`credentials_changed_at` is later than `loginTs`).
 */
export interface ArtifactStore {
  /**
   * Creates or replaces. A replacement keeps `consumedAt`.
   * @param expiresInSeconds from now; undefined for an artifact that never expires.
   * @returns false when nothing was kept: it was removed, or the grant it is issued under was.
   */
  readonly put: (
    model: ArtifactModel,
    id: string,
    artifact: NewArtifact,
    expiresInSeconds: number | undefined,
  ) => Promise<boolean>;
  readonly find: (model: ArtifactModel, id: string) => Promise<StoredArtifact | undefined>;
  readonly findByUid: (model: ArtifactModel, uid: string) => Promise<StoredArtifact | undefined>;
  /**
   * The sessions in which a person is signed in now, the one that lasts longest first. One that changes
   * its id may stand twice for a moment: it is given once, as it was saved last.
   */
  readonly sessionsOf: (accountId: string) => Promise<readonly ArtifactPayload[]>;
  /** What a person has granted that lives now, as the provider wrote it, in no order. */
  readonly grantsOf: (accountId: string) => Promise<readonly ArtifactPayload[]>;
  /**
   * How many people have granted something to a client that lives now; to any client when none is named. All grants are
   * looked through: for a page that asks before an act, never on the way of a request of a client.
   */
  readonly peopleOf: (clientId?: string) => Promise<number>;
  /**
   * Marks a code or token as used.
   * @returns true exactly once, however many ask at the same time; false also when there is none.
   */
  readonly consume: (model: ArtifactModel, id: string) => Promise<boolean>;
  /**
   * Marks what has this `uid` and is not used yet as used.
   * @returns true when something was: exactly one of those who ask at the same time hears it
   */
  readonly consumeByUid: (model: ArtifactModel, uid: string) => Promise<boolean>;
  /**
   * Leaves a mark that may exist once (the `jti` of a client assertion or DPoP proof).
   * @returns true for the first, false for every other until the mark expires, swept or not.
   */
  readonly insertOnce: (
    model: ArtifactModel,
    id: string,
    expiresInSeconds: number,
  ) => Promise<boolean>;
  /** Removes one artifact, if it is there. Removing a grant is {@link ArtifactStore.removeGrant}. */
  readonly remove: (model: ArtifactModel, id: string) => Promise<void>;
  /** Removes a grant: its row, everything issued under it, and its frozen establishment. */
  readonly removeGrant: (grantId: string) => Promise<void>;
  /** Removes what is of this model and was issued under this grant. */
  readonly removeModelByGrant: (model: ArtifactModel, grantId: string) => Promise<void>;
  /**
   * Fixes what a grant is for. The first call decides for ever, later ones change nothing.
   * @param expiresInSeconds the grant's own; it is kept as long as the grant is, if that is longer.
   */
  readonly freezeEstablishment: (
    grantId: string,
    establishment: NewFrozenEstablishment,
    expiresInSeconds: number,
  ) => Promise<void>;
  /** One look-up by key: read for every userinfo, refresh and introspection. */
  readonly frozenEstablishment: (grantId: string) => Promise<FrozenEstablishment | undefined>;
  /** What the removal of the same thing would end; nothing changes. It is how others are told before it is gone. */
  readonly describe: (ending: Ending) => Promise<Removal>;
  /** Removes everything of a person: sessions, grants, codes, tokens, interactions. */
  readonly removeAccount: (accountId: string) => Promise<Removal>;
  /** Removes every grant frozen for this establishment of this person. Sessions live on. */
  readonly removeEstablishment: (accountId: string, siret: string) => Promise<Removal>;
  /** Removes every grant that this person gave this client. Sessions live on. */
  readonly removeClient: (accountId: string, clientId: string) => Promise<Removal>;
  /** Removes a session and every grant that was frozen to end with it, superseded ones too. */
  readonly removeSession: (sessionUid: string) => Promise<Removal>;
  /**
   * Deletes rows that expired more than a minute ago, at most `limit`. Several nodes may sweep at once.
   * @returns how many were deleted; fewer than `limit` means that nothing is left to this node.
   */
  readonly sweep: (limit: number) => Promise<number>;
  /** How many there are, for who watches: dear, and never on the way of a request. */
  readonly census: () => Promise<readonly CountedModel[]>;
  /** Ends its connections. Everything asked later is rejected. */
  readonly close: () => Promise<void>;
}
