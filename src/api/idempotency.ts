import {
  AppError,
  type Clock,
  type Encryption,
  type Random,
  digest,
  hours,
  minutes,
} from "../foundation/index.ts";
import type { SealedColumn } from "../secrets/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { type HeldKey, IdempotencyStore } from "./idempotency-store.ts";
import { type Answer, problem } from "./problems.ts";

/** How long an answer is kept under its key. */
export const answersKeptSeconds = hours(24);

/** How long a request holds its key at most; after a crash the key is free again. */
export const keyLeaseSeconds = minutes(1);

/** Keeps an answer in the transaction of the change it tells of. */
export type KeepAnswer = (transaction: Transaction, answer: Answer) => Promise<void>;

/** A request with an idempotency key. */
export interface KeyedRequest {
  readonly clientId: string;
  readonly key: string;
  /** All that makes it this request: method, path and body. */
  readonly content: string;
}

const place = (keyDigest: string): string => `idempotency:${keyDigest}`;

/** What is sealed of the answers that are kept. */
export const sealedAnswers: SealedColumn = {
  table: "idempotency_keys",
  key: "digest",
  column: "encrypted_answer",
  place,
};

/** Makes a request that is sent again change nothing again (draft-ietf-httpapi-idempotency-key-header). */
export interface Idempotency {
  /** Does the work, unless it was done under this key: then the answer is the one that was kept. */
  readonly once: (
    request: KeyedRequest,
    work: (keep: KeepAnswer) => Promise<Answer>,
  ) => Promise<Answer>;
  /** Deletes what is no longer kept. @returns how many */
  readonly purge: () => Promise<number>;
}

/**
 * A key is taken by one conditional statement, and the answer is kept in the transaction of the change: both are written, or
 * neither, whatever dies in between. A request that lost its key to a later one cannot write any more, for keeping its answer
 * fails, and with it the change. A refusal changes nothing and is not kept: mended, it may be sent under the same key.
 */
export function createIdempotency(parts: {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly encryption: Encryption;
}): Idempotency {
  const { clock, random, encryption } = parts;
  const store = new IdempotencyStore(parts.database.knex);
  const keepUnder =
    (key: HeldKey): KeepAnswer =>
    async (transaction, answer) => {
      const encrypted = encryption.encrypt(JSON.stringify(answer), place(key.digest));
      if (await store.within(transaction).keep(key, encrypted)) return;
      throw new AppError("request-under-way", { status: 409 });
    };
  return {
    once: async ({ clientId, key: typed, content }, work) => {
      const key = {
        digest: digest(`${clientId}\n${typed}`),
        fingerprint: digest(content),
        owner: random.identifier(),
      };
      const now = clock.epochSeconds();
      const ends = { leaseEndsAt: now + keyLeaseSeconds, expiresAt: now + answersKeptSeconds };
      if (!(await store.take(key, { now, ...ends }))) return answerKept(store, encryption, key);
      try {
        return await work(keepUnder(key));
      } finally {
        await store.release(key);
      }
    },
    purge: () => store.purge(clock.epochSeconds()),
  };
}

/** The answer of a request that was carried out under the key already. */
async function answerKept(
  store: IdempotencyStore,
  encryption: Encryption,
  key: HeldKey,
): Promise<Answer> {
  const found = await store.find(key.digest);
  if (found && found.fingerprint !== key.fingerprint) return problem("key-used-otherwise");
  if (found?.encryptedAnswer === undefined) return problem("request-under-way");
  const answer = JSON.parse(encryption.decrypt(found.encryptedAnswer, place(key.digest))) as Answer;
  return { ...answer, headers: { ...answer.headers, "Idempotency-Replayed": "true" } };
}
