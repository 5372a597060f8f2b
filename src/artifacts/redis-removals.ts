import { digest } from "../foundation/index.ts";
import { removalMarkSeconds } from "./artifact-rows.ts";
import type {
  ArtifactModel,
  ArtifactPayload,
  Ending,
  Removal,
  RemovedGrant,
  RemovedSession,
} from "./artifact-store.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { type Held, type RedisIndexes, grantedBy } from "./redis-indexes.ts";
import { redisScripts } from "./redis-scripts.ts";
import {
  type RedisArtifact,
  type RedisFrozen,
  endOf,
  readArtifact,
  readFrozen,
  redisKeys,
} from "./redis-values.ts";

/** A grant with what is frozen beside it, as one look at its slot gave them. */
interface HeldGrant {
  readonly grantDigest: string;
  readonly grant: RedisArtifact | undefined;
  readonly frozen: RedisFrozen | undefined;
}

/**
 * The removals of {@link RedisArtifacts}: each key is marked by one act, which also tells what stood there, and which a replica has
 * before it is answered. What was issued under a grant is good no more with it, and ends by itself.
 */
export class RedisRemovals {
  readonly #redis: RedisConnection;
  readonly #indexes: RedisIndexes;

  constructor(redis: RedisConnection, indexes: RedisIndexes) {
    this.#redis = redis;
    this.#indexes = indexes;
  }

  async grant(grantId: string): Promise<void> {
    await this.#removeGrants([digest(grantId)]);
  }

  /** A session, a token or a code, by itself. */
  async one(model: ArtifactModel, idDigest: string): Promise<void> {
    await this.#mark([redisKeys.artifact(model, idDigest)]);
  }

  async describe(ending: Ending): Promise<Removal> {
    const grants = await this.#looked(await this.#grantsOf(ending));
    const isOf = chosenBy(ending);
    const described = grants.filter((each) => each.grant && isOf(each));
    const sessions = await this.#sessionsOf(ending);
    return {
      sessions: sessions.map(({ session }) => removedSession(session)),
      grants: await this.#told(described),
    };
  }

  async account(accountId: string): Promise<Removal> {
    const held = await this.#indexes.ofAccount(accountId);
    const grants = await this.#removeGrants(digestsOf(held, "Grant"));
    const isOf = (artifact: RedisArtifact) => artifact.accountId === accountId;
    const sessions = await this.#removeSessions(digestsOf(held, "Session"), isOf);
    const others = held.filter(({ model }) => model !== "Grant" && model !== "Session");
    await Promise.all(others.map((each) => this.#deleteOf(each, isOf)));
    const members = held.map(({ model, idDigest }) => `${model} ${idDigest}`);
    await this.#redis.forget(redisKeys.account(accountId), members);
    return { sessions, grants };
  }

  /** The grants of an establishment, or of a client, of a person. */
  async someGrants(ending: Extract<Ending, { readonly accountId: string }>): Promise<Removal> {
    const isOf = chosenBy(ending);
    const grants = (await this.#looked(await this.#grantsOf(ending))).filter(isOf);
    const digests = grants.map(({ grantDigest }) => grantDigest);
    return { sessions: [], grants: await this.#removeGrants(digests) };
  }

  async ofSession(sessionUid: string): Promise<Removal> {
    const uid = digest(sessionUid);
    const grants = await this.#removeGrants(await this.#redis.members(redisKeys.session(uid)));
    const digests = await this.#redis.members(redisKeys.uid("Session", uid));
    return { sessions: await this.#removeSessions(digests, (each) => each.uid === uid), grants };
  }

  /** Those that are still what they were listed for, and those that are being written. */
  async #removeSessions(
    digests: readonly string[],
    isOf: (session: RedisArtifact) => boolean,
  ): Promise<RemovedSession[]> {
    const removed = await Promise.all(
      digests.map(async (idDigest) => {
        const key = redisKeys.artifact("Session", idDigest);
        const held = readArtifact(await this.#redis.get(key));
        if (held && !isOf(held)) return undefined;
        return readArtifact((await this.#mark([key]))[0]);
      }),
    );
    return removed.filter((session) => session !== undefined).map(removedSession);
  }

  async #deleteOf({ model, idDigest }: Held, isOf: (held: RedisArtifact) => boolean) {
    const key = redisKeys.artifact(model, idDigest);
    const held = readArtifact(await this.#redis.get(key));
    if (held && isOf(held)) await this.#redis.delete(key);
  }

  async #grantsOf(ending: Ending): Promise<string[]> {
    return "sessionUid" in ending
      ? this.#redis.members(redisKeys.session(digest(ending.sessionUid)))
      : digestsOf(await this.#indexes.ofAccount(ending.accountId), "Grant");
  }

  /** The living sessions that end with everything of a person, or with themselves. */
  async #sessionsOf(ending: Ending) {
    if ("sessionUid" in ending) return this.sessionsByUid(digest(ending.sessionUid));
    if ("clientId" in ending || ending.siret !== undefined) return [];
    const held = await this.#indexes.ofAccount(ending.accountId);
    const sessions = await this.#found("Session", digestsOf(held, "Session"));
    return sessions.filter(({ session }) => session.accountId === ending.accountId);
  }

  /** One that changes its id may stand twice for a moment. */
  async sessionsByUid(uidDigest: string) {
    const digests = await this.#redis.members(redisKeys.uid("Session", uidDigest));
    const sessions = await this.#found("Session", digests);
    return sessions.filter(({ session }) => session.uid === uidDigest);
  }

  async #found(model: ArtifactModel, digests: readonly string[]) {
    const found = await Promise.all(
      digests.map(async (idDigest) => {
        const session = readArtifact(await this.#redis.get(redisKeys.artifact(model, idDigest)));
        return session ? [{ idDigest, session }] : [];
      }),
    );
    return found.flat();
  }

  #looked(digests: readonly string[]): Promise<HeldGrant[]> {
    return Promise.all(
      digests.map(async (grantDigest) => {
        const [grant, frozen] = await this.#redis.many(keysOf(grantDigest));
        return { grantDigest, grant: readArtifact(grant), frozen: readFrozen(frozen) };
      }),
    );
  }

  async #removeGrants(digests: readonly string[]): Promise<RemovedGrant[]> {
    const removed = await Promise.all(
      digests.map(async (grantDigest): Promise<HeldGrant> => {
        const [grant, frozen] = await this.#mark(keysOf(grantDigest));
        return { grantDigest, grant: readArtifact(grant), frozen: readFrozen(frozen) };
      }),
    );
    const told = await this.#told(removed.filter(({ grant }) => grant !== undefined));
    await Promise.all(removed.map((each) => this.#forget(each)));
    return told;
  }

  /** Of a person who is counted no more, and is not looked at again. */
  async #forget({ grantDigest, grant, frozen }: HeldGrant): Promise<void> {
    const accountId = frozen?.accountId ?? grant?.accountId;
    if (accountId === null || accountId === undefined) return;
    await this.#redis.forget(redisKeys.account(accountId), [`Grant ${grantDigest}`]);
    if (!frozen) return;
    const { key, member } = grantedBy(accountId, frozen.clientId, grantDigest, 0);
    await this.#redis.forget(key, [member]);
  }

  async #mark(keys: readonly string[]): Promise<(string | null)[]> {
    const values = [removalMarkSeconds * 1000];
    return (await this.#redis.guarded({ script: redisScripts.remove, keys, values })) as (
      string | null
    )[];
  }

  /** With the session that each ends with, looked up once. */
  async #told(grants: readonly HeldGrant[]): Promise<RemovedGrant[]> {
    const sessions = new Map<string, Promise<ArtifactPayload | undefined>>();
    const sessionOf = (uid: string | null | undefined) => {
      if (uid === null || uid === undefined) return undefined;
      const found = sessions.get(uid) ?? this.#lastSaved(uid);
      sessions.set(uid, found);
      return found;
    };
    const told = grants.map(async ({ grantDigest, grant, frozen }) => ({
      grantDigest,
      accountId: grant?.accountId ?? undefined,
      clientId: grant?.clientId ?? undefined,
      siret: frozen?.siret ?? undefined,
      session: await sessionOf(frozen?.sessionUid),
    }));
    const all = await Promise.all(told);
    return all.sort((one, other) => (one.grantDigest < other.grantDigest ? -1 : 1));
  }

  async #lastSaved(uidDigest: string): Promise<ArtifactPayload | undefined> {
    const sessions = await this.sessionsByUid(uidDigest);
    const last = sessions.sort((one, other) => endOf(other.session) - endOf(one.session))[0];
    return last?.session.payload;
  }
}

function keysOf(grantDigest: string): string[] {
  return [redisKeys.artifact("Grant", grantDigest), redisKeys.frozen(grantDigest)];
}

/** Which grants of a person, or of a session, an ending is of. */
function chosenBy(ending: Ending): (held: HeldGrant) => boolean {
  if ("clientId" in ending) {
    const { clientId } = ending;
    return ({ grant, frozen }) => grant?.clientId === clientId || frozen?.clientId === clientId;
  }
  const siret = "siret" in ending ? ending.siret : undefined;
  return siret === undefined ? () => true : ({ frozen }) => frozen?.siret === siret;
}

function digestsOf(held: readonly Held[], wanted: ArtifactModel): string[] {
  return held.filter(({ model }) => model === wanted).map(({ idDigest }) => idDigest);
}

function removedSession({ uid, accountId, payload }: RedisArtifact): RemovedSession {
  return { uidDigest: uid ?? undefined, accountId: accountId ?? undefined, payload };
}
