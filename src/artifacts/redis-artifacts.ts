import { type Clock, digest } from "../foundation/index.ts";
import type {
  ArtifactModel,
  ArtifactPayload,
  ArtifactStore,
  Ending,
  FrozenEstablishment,
  NewArtifact,
  NewFrozenEstablishment,
  Removal,
  StoredArtifact,
} from "./artifact-store.ts";
import type { CountedModel } from "./census.ts";
import { RedisConnection, type RedisWays } from "./redis-connection.ts";
import {
  type Indexed,
  RedisIndexes,
  entriesOf,
  grantedBy,
  heldBy,
  timeToLive,
} from "./redis-indexes.ts";
import { RedisReads, frozenOf } from "./redis-reads.ts";
import { RedisRemovals } from "./redis-removals.ts";
import { redisScripts } from "./redis-scripts.ts";
import {
  type RedisArtifact,
  besideGrant,
  columnsAndPayload,
  frozenValue,
  onceMark,
  readArtifact,
  redisKeys,
  storedFrom,
} from "./redis-values.ts";

/**
 * The artifacts in a Redis (or Valkey): one server, sentinels, or a cluster. Nothing is written to two slots at once. A code or token is
 * good only while its grant lives, which every look-up of one looks at; so a removal is one key, whatever was lost or is late
 * elsewhere. Indexes list and clean up. Everything expires by itself.
 */
export class RedisArtifacts implements ArtifactStore {
  readonly redis: RedisConnection;
  readonly #indexes: RedisIndexes;
  readonly #reads: RedisReads;
  readonly #removals: RedisRemovals;
  readonly #clock: Clock;
  readonly #nonce: () => string;

  /** @param nonce what tells a call from every other, so that it may be repeated */
  constructor(url: string, clock: Clock, ways: RedisWays & { readonly nonce: () => string }) {
    this.redis = new RedisConnection(url, ways);
    this.#indexes = new RedisIndexes(this.redis);
    this.#reads = new RedisReads(this.redis, this.#indexes, clock);
    this.#removals = new RedisRemovals(this.redis, this.#indexes);
    this.#clock = clock;
    this.#nonce = ways.nonce;
  }

  async put(
    model: ArtifactModel,
    id: string,
    artifact: NewArtifact,
    expiresInSeconds: number | undefined,
  ): Promise<boolean> {
    const now = this.#clock.epochSeconds();
    const expiresAt = expiresInSeconds === undefined ? undefined : now + expiresInSeconds;
    const idDigest = digest(id);
    const key = redisKeys.artifact(model, idDigest);
    const isGrant = model === "Grant";
    const script = isGrant ? redisScripts.putGrant : redisScripts.put;
    const keys = isGrant ? [key, ...besideGrant(idDigest)] : [key];
    const write = async (voided: number) => {
      const values = [columnsAndPayload(artifact, expiresAt, voided), timeToLive(expiresInSeconds)];
      return (await this.redis.run({ script, keys, values })) === 1;
    };
    return this.#indexes.before(entriesOf(model, idDigest, artifact, expiresAt), now, async () => {
      if (artifact.grantId === undefined || isGrant) return write(0);
      // At once: what is written under a grant that does not live is good for nothing.
      const grantDigest = digest(artifact.grantId);
      const slot = [redisKeys.artifact("Grant", grantDigest), redisKeys.voided(grantDigest, model)];
      const [isKept, [grant, voided]] = await Promise.all([write(0), this.redis.many(slot)]);
      if (!isKept || !readArtifact(grant)) return false;
      return voided === null || voided === undefined ? true : write(Number(voided));
    });
  }

  async find(model: ArtifactModel, id: string): Promise<StoredArtifact | undefined> {
    const idDigest = digest(id);
    if (model === "Grant") {
      const keys = [redisKeys.artifact("Grant", idDigest), redisKeys.frozen(idDigest)];
      const [grant, frozen] = await this.redis.many(keys);
      const stored = storedFrom(readArtifact(grant), this.#clock.epochSeconds());
      return stored && { ...stored, beside: { grant: undefined, frozen: frozenOf(frozen) } };
    }
    const found = await this.#reads.found(model, idDigest);
    const stored = storedFrom(found?.artifact, this.#clock.epochSeconds());
    return stored && found?.beside ? { ...stored, beside: found.beside } : stored;
  }

  findByUid(model: ArtifactModel, uid: string): Promise<StoredArtifact | undefined> {
    const uidDigest = digest(uid);
    const isOf = (artifact: RedisArtifact) => artifact.uid === uidDigest;
    return this.#reads.foundBy(model, redisKeys.uid(model, uidDigest), isOf);
  }

  async sessionsOf(accountId: string): Promise<readonly ArtifactPayload[]> {
    const living = await this.#reads.livingOf("Session", accountId);
    const byUid = new Map<string | null, RedisArtifact>();
    for (const each of living) if (!byUid.has(each.uid)) byUid.set(each.uid, each);
    return [...byUid.values()].map(({ payload }) => payload);
  }

  async grantsOf(accountId: string): Promise<readonly ArtifactPayload[]> {
    return (await this.#reads.livingOf("Grant", accountId)).map(({ payload }) => payload);
  }

  peopleOf(clientId?: string): Promise<number> {
    return this.#indexes.people(clientId, this.#clock.epochSeconds());
  }

  consume(model: ArtifactModel, id: string): Promise<boolean> {
    return this.#consume(model, digest(id));
  }

  async consumeByUid(model: ArtifactModel, uid: string): Promise<boolean> {
    const uidDigest = digest(uid);
    const digests = await this.redis.members(redisKeys.uid(model, uidDigest));
    const consumed = await Promise.all(
      digests.map(async (idDigest) => {
        const found = await this.#reads.found(model, idDigest);
        return found?.artifact.uid === uidDigest && this.#consume(model, idDigest);
      }),
    );
    return consumed.includes(true);
  }

  async insertOnce(model: ArtifactModel, id: string, expiresInSeconds: number): Promise<boolean> {
    const now = this.#clock.epochSeconds();
    const mark = onceMark(now + expiresInSeconds, this.#nonce());
    const keys = [redisKeys.artifact(model, digest(id))];
    const values = [mark, timeToLive(expiresInSeconds), now];
    return (await this.redis.run({ script: redisScripts.insertOnce, keys, values })) === 1;
  }

  async remove(model: ArtifactModel, id: string): Promise<void> {
    if (model === "Grant") await this.#removals.grant(id);
    // An answered question opens nothing by itself, and is what every sign-in removes.
    else if (model === "Interaction")
      await this.redis.delete(redisKeys.artifact(model, digest(id)));
    else await this.#removals.one(model, digest(id));
  }

  async removeGrant(grantId: string): Promise<void> {
    await this.#removals.grant(grantId);
  }

  async removeModelByGrant(model: ArtifactModel, grantId: string): Promise<void> {
    const grantDigest = digest(grantId);
    const keys = [redisKeys.voided(grantDigest, model), redisKeys.artifact("Grant", grantDigest)];
    await this.redis.guarded({ script: redisScripts.voidModel, keys, values: [] });
  }

  async freezeEstablishment(
    grantId: string,
    establishment: NewFrozenEstablishment,
    expiresInSeconds: number,
  ): Promise<void> {
    const now = this.#clock.epochSeconds();
    const expiresAt = now + expiresInSeconds;
    const grantDigest = digest(grantId);
    const { accountId, clientId, sessionUid } = establishment;
    const entries: Indexed[] = [
      heldBy(accountId, { model: "Grant", idDigest: grantDigest }, expiresAt),
      grantedBy(accountId, clientId, grantDigest, expiresAt),
    ];
    if (sessionUid !== undefined) {
      entries.push({ key: redisKeys.session(digest(sessionUid)), member: grantDigest, expiresAt });
    }
    const keys = [redisKeys.artifact("Grant", grantDigest), redisKeys.frozen(grantDigest)];
    const values = [frozenValue(establishment), timeToLive(expiresInSeconds)];
    await this.#indexes.before(entries, now, () =>
      this.redis.run({ script: redisScripts.freeze, keys, values }),
    );
  }

  async frozenEstablishment(grantId: string): Promise<FrozenEstablishment | undefined> {
    return frozenOf(await this.redis.get(redisKeys.frozen(digest(grantId))));
  }

  describe(ending: Ending): Promise<Removal> {
    return this.#removals.describe(ending);
  }

  removeAccount(accountId: string): Promise<Removal> {
    return this.#removals.account(accountId);
  }

  removeEstablishment(accountId: string, siret: string): Promise<Removal> {
    return this.#removals.someGrants({ accountId, siret });
  }

  removeClient(accountId: string, clientId: string): Promise<Removal> {
    return this.#removals.someGrants({ accountId, clientId });
  }

  removeSession(sessionUid: string): Promise<Removal> {
    return this.#removals.ofSession(sessionUid);
  }

  /** Nothing: everything expires by itself. */
  sweep(): Promise<number> {
    return Promise.resolve(0);
  }

  /** All keys together, indexes and marks too: to tell models apart every key would have to be looked at. */
  async census(): Promise<readonly CountedModel[]> {
    const sizes = await this.redis.eachMaster((master) => master.dbsize());
    return [{ model: "all", count: sizes.reduce((sum, size) => sum + size, 0), oldest: null }];
  }

  close(): Promise<void> {
    return this.redis.close();
  }

  async #consume(model: ArtifactModel, idDigest: string): Promise<boolean> {
    const values = [`${this.#clock.epochSeconds()}.${this.#nonce()}`];
    const keys = [redisKeys.artifact(model, idDigest)];
    return (await this.redis.guarded({ script: redisScripts.consume, keys, values })) === 1;
  }
}
