import type { Clock } from "../foundation/index.ts";
import type { ArtifactModel, FrozenEstablishment, StoredArtifact } from "./artifact-store.ts";
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisIndexes } from "./redis-indexes.ts";
import {
  type RedisArtifact,
  endOf,
  frozenFrom,
  readArtifact,
  readFrozen,
  redisKeys,
  storedFrom,
} from "./redis-values.ts";

/** A value with what stands in its grant's slot. */
interface Found {
  readonly artifact: RedisArtifact;
  readonly beside: StoredArtifact["beside"];
}

/** The look-ups of {@link RedisArtifacts}. */
export class RedisReads {
  readonly #redis: RedisConnection;
  readonly #indexes: RedisIndexes;
  readonly #clock: Clock;

  constructor(redis: RedisConnection, indexes: RedisIndexes, clock: Clock) {
    this.#redis = redis;
    this.#indexes = indexes;
    this.#clock = clock;
  }

  /** What is there, and its grant lives where it has one. */
  async found(model: ArtifactModel, idDigest: string): Promise<Found | undefined> {
    const artifact = readArtifact(await this.#redis.get(redisKeys.artifact(model, idDigest)));
    if (!artifact || artifact.grantId === null || model === "Grant") {
      return artifact && { artifact, beside: undefined };
    }
    const { grantId } = artifact;
    const [grantValue, frozen, voided] = await this.#redis.many([
      redisKeys.artifact("Grant", grantId),
      redisKeys.frozen(grantId),
      redisKeys.voided(grantId, model),
    ]);
    const grant = storedFrom(readArtifact(grantValue), this.#clock.epochSeconds());
    if (!grant || artifact.voided !== Number(voided ?? 0)) return undefined;
    return { artifact, beside: { grant, frozen: frozenOf(frozen) } };
  }

  /** One that changes its id may stand twice for a moment: the one saved last counts. */
  async foundBy(
    model: ArtifactModel,
    index: string,
    isOf: (artifact: RedisArtifact) => boolean,
  ): Promise<StoredArtifact | undefined> {
    const digests = await this.#redis.members(index);
    const found = await Promise.all(digests.map((idDigest) => this.found(model, idDigest)));
    const artifacts = found.flatMap((each) => (each ? [each.artifact] : []));
    const [last] = artifacts.filter(isOf).sort((one, other) => endOf(other) - endOf(one));
    return storedFrom(last, this.#clock.epochSeconds());
  }

  /** The one that lasts longest first. */
  async livingOf(model: ArtifactModel, accountId: string): Promise<RedisArtifact[]> {
    const now = this.#clock.epochSeconds();
    const held = (await this.#indexes.ofAccount(accountId, now)).filter(
      (each) => each.model === model,
    );
    const found = await Promise.all(held.map(({ idDigest }) => this.found(model, idDigest)));
    return found
      .flatMap((each) => (each ? [each.artifact] : []))
      .filter((each) => each.accountId === accountId && endOf(each) > now)
      .sort((one, other) => endOf(other) - endOf(one));
  }
}

/** The domain's view of what is frozen. */
export function frozenOf(value: string | null | undefined): FrozenEstablishment | undefined {
  return frozenFrom(readFrozen(value));
}
