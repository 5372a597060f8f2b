import { type Queryable, type Transaction, someRows } from "../storage/index.ts";

/** A request that holds its idempotency key. */
export interface HeldKey {
  /** Of the client and the key. */
  readonly digest: string;
  /** Of the request. */
  readonly fingerprint: string;
  /** Which request it is, among those that came with this key. */
  readonly owner: string;
}

/** What stands under a key that another request holds or held. */
export interface KeptAnswer {
  readonly fingerprint: string;
  /** Undefined while that request is under way. */
  readonly encryptedAnswer: string | undefined;
}

/** The `idempotency_keys` table. Times are instants in epoch seconds. */
export class IdempotencyStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): IdempotencyStore {
    return new IdempotencyStore(transaction);
  }

  /**
   * Takes a key that nobody holds: a new one, one whose answer is no longer kept, or one whose request died.
   * @returns true for one request only
   */
  async take(
    key: HeldKey,
    { now, leaseEndsAt, expiresAt }: { now: number; leaseEndsAt: number; expiresAt: number },
  ): Promise<boolean> {
    const taken = await this.#db("idempotency_keys")
      .insert({
        digest: key.digest,
        fingerprint: key.fingerprint,
        owner: key.owner,
        lease_ends_at: leaseEndsAt,
        expires_at: expiresAt,
        encrypted_answer: null,
      })
      .onConflict("digest")
      .merge()
      .whereRaw(
        `idempotency_keys.expires_at <= ?
         OR (idempotency_keys.encrypted_answer IS NULL AND idempotency_keys.lease_ends_at <= ?)`,
        [now, now],
      )
      .returning("digest");
    return taken.length === 1;
  }

  async find(digest: string): Promise<KeptAnswer | undefined> {
    const row = await this.#db<Row>("idempotency_keys").where({ digest }).first();
    return (
      row && { fingerprint: row.fingerprint, encryptedAnswer: row.encrypted_answer ?? undefined }
    );
  }

  /** @returns false when the key has another holder by now, or an answer */
  async keep({ digest, owner }: HeldKey, encryptedAnswer: string): Promise<boolean> {
    const kept = await this.#db("idempotency_keys")
      .where({ digest, owner, encrypted_answer: null })
      .update({ encrypted_answer: encryptedAnswer });
    return kept === 1;
  }

  /** Gives a key back, unless an answer is kept under it. */
  async release({ digest, owner }: HeldKey): Promise<void> {
    await this.#db("idempotency_keys").where({ digest, owner, encrypted_answer: null }).delete();
  }

  /** Deletes some that have expired. @returns how many */
  async purge(now: number): Promise<number> {
    return someRows(this.#db, "idempotency_keys", ["digest"], (expired) => {
      void expired.where("expires_at", "<=", now);
    }).delete();
  }
}

interface Row {
  digest: string;
  fingerprint: string;
  encrypted_answer: string | null;
}
