import { digest } from "../foundation/index.ts";
import { sweepDelaySeconds } from "./artifact-rows.ts";
import type { ArtifactModel, NewArtifact } from "./artifact-store.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { redisScripts } from "./redis-scripts.ts";
import { redisKeys } from "./redis-values.ts";

/** The index of people stands in so many parts: one key of all would be on one master of a cluster. */
const parts = 256;

/** What is put into an index. */
export interface Indexed {
  readonly key: string;
  readonly member: string;
  /** Epoch seconds; undefined: never. */
  readonly expiresAt: number | undefined;
}

/** An artifact of an account, by its model and the digest of its id. */
export interface Held {
  readonly model: ArtifactModel;
  readonly idDigest: string;
}

/**
 * What is listed and cleaned up by: whoever reads an index looks at what it names. An entry that was lost or is late lists less, and
 * lets nobody in.
 */
export class RedisIndexes {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** Writes the entries *before* what they name: a removal then finds everything that is there. */
  async before<Result>(
    entries: readonly Indexed[],
    now: number,
    write: () => Promise<Result>,
  ): Promise<Result> {
    const indexed = Promise.all(entries.map((entry) => this.#add(entry, now)));
    if (!this.#redis.keepsOrder) await indexed;
    const [result] = await Promise.all([write(), indexed]);
    return result;
  }

  async #add({ key, member, expiresAt }: Indexed, now: number): Promise<void> {
    const score = expiresAt ?? "+inf";
    const ttl = timeToLive(expiresAt === undefined ? undefined : expiresAt - now);
    const values = [score, member, ttl, now - sweepDelaySeconds];
    await this.#redis.run({ script: redisScripts.index, keys: [key], values });
  }

  async ofAccount(accountId: string, from?: number): Promise<Held[]> {
    const members = await this.#redis.members(redisKeys.account(accountId), from);
    return members.map((member) => {
      const [model = "", idDigest = ""] = member.split(" ");
      return { model: model as ArtifactModel, idDigest };
    });
  }

  async people(clientId: string | undefined, now: number): Promise<number> {
    const values = [now, clientId === undefined ? "" : shortDigest(clientId)];
    const script = redisScripts.people;
    const counts = await Promise.all(
      Array.from({ length: parts }, (_, part) =>
        this.#redis.run({ script, keys: [redisKeys.people(part)], values }),
      ),
    );
    return counts.reduce((sum: number, count) => sum + Number(count), 0);
  }
}

/** In milliseconds, a little longer than it is good for: a replay is told from a miss. 0: for ever. */
export function timeToLive(seconds: number | undefined): number {
  return seconds === undefined ? 0 : Math.max(1, (seconds + sweepDelaySeconds) * 1000);
}

/** The entry of a thing of an account. */
export function heldBy(
  accountId: string,
  { model, idDigest }: Held,
  expiresAt: number | undefined,
): Indexed {
  return { key: redisKeys.account(accountId), member: `${model} ${idDigest}`, expiresAt };
}

/** The entry of a person who granted something to a client. */
export function grantedBy(
  accountId: string,
  clientId: string,
  grantDigest: string,
  expiresAt: number,
): Indexed {
  const person = shortDigest(accountId);
  const part = Buffer.from(person, "base64url").readUInt32BE() % parts;
  // Short enough for a small index to be kept as a list: a quarter of the bytes.
  const member = `${person} ${shortDigest(clientId)} ${grantDigest.slice(0, 22)}`;
  return { key: redisKeys.people(part), member, expiresAt };
}

/** What lists it: codes and tokens are not, for they end with their grant. */
export function entriesOf(
  model: ArtifactModel,
  idDigest: string,
  { accountId, grantId, uid }: NewArtifact,
  expiresAt: number | undefined,
): Indexed[] {
  const isListed = accountId !== undefined && (model === "Grant" || grantId === undefined);
  const member = idDigest;
  return [
    ...(isListed ? [heldBy(accountId, { model, idDigest }, expiresAt)] : []),
    ...(uid === undefined ? [] : [{ key: redisKeys.uid(model, digest(uid)), member, expiresAt }]),
  ];
}

/** 96 bits: to tell people apart in a count. */
function shortDigest(text: string): string {
  return digest(text).slice(0, 16);
}
