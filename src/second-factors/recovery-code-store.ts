import { type Queryable, countOf } from "../storage/index.ts";

/** The `recovery_codes` table: digests alone. */
export class RecoveryCodeStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): RecoveryCodeStore {
    return new RecoveryCodeStore(transaction);
  }

  /** Puts new codes in the place of every older one, used or not. */
  async replace(accountSub: string, digests: readonly string[], now: number): Promise<void> {
    await this.removeAll(accountSub);
    await this.#db("recovery_codes").insert(
      digests.map((digest) => ({ digest, account_sub: accountSub, created_at: now })),
    );
  }

  /** Uses a code up: true exactly once. */
  async consume(accountSub: string, digest: string, now: number): Promise<boolean> {
    const consumed = await this.#db("recovery_codes")
      .where({ account_sub: accountSub, digest })
      .whereNull("used_at")
      .update({ used_at: now });
    return consumed === 1;
  }

  /** How many codes a person has left. */
  countUnused(accountSub: string): Promise<number> {
    return countOf(
      this.#db("recovery_codes").where({ account_sub: accountSub }).whereNull("used_at"),
    );
  }

  async removeAll(accountSub: string): Promise<void> {
    await this.#db("recovery_codes").where({ account_sub: accountSub }).delete();
  }
}
