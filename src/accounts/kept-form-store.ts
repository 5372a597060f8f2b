import { type Queryable, countOf, someRows } from "../storage/index.ts";

/** A form, sealed, until when it may be taken (epoch seconds). */
export interface KeptFormRow {
  readonly idDigest: string;
  readonly accountSub: string;
  readonly sealed: string;
  readonly expiresAt: number;
}

/** The `kept_forms` table. */
export class KeptFormStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): KeptFormStore {
    return new KeptFormStore(transaction);
  }

  /**
   * Within a transaction that holds the row of the account: many at once are no more than `most`.
   * @returns false when as many wait already
   */
  async insert(row: KeptFormRow, most: number, now: number): Promise<boolean> {
    if ((await countOf(this.#waiting(row.accountSub, now))) >= most) return false;
    await this.giveBack(row);
    return true;
  }

  /** What waits for this person under an id, sealed. */
  async find(idDigest: string, accountSub: string, now: number): Promise<string | undefined> {
    const waiting = this.#waiting(accountSub, now).where({ id_digest: idDigest });
    return (await waiting.first<{ sealed: string } | undefined>("sealed"))?.sealed;
  }

  /** Takes it: whoever is first. */
  async take(idDigest: string, accountSub: string, now: number): Promise<KeptFormRow | undefined> {
    const waiting = () => this.#waiting(accountSub, now).where({ id_digest: idDigest });
    const row = await waiting().first<{ sealed: string; expires_at: number } | undefined>(
      "sealed",
      "expires_at",
    );
    if ((await waiting().delete()) === 0 || !row) return undefined;
    return { idDigest, accountSub, sealed: row.sealed, expiresAt: row.expires_at };
  }

  /** Puts back what was taken. */
  async giveBack({ idDigest, accountSub, sealed, expiresAt }: KeptFormRow): Promise<void> {
    const row = { id_digest: idDigest, account_sub: accountSub, sealed, expires_at: expiresAt };
    await this.#db("kept_forms").insert(row);
  }

  async removeAll(accountSub: string): Promise<void> {
    await this.#db("kept_forms").where({ account_sub: accountSub }).delete();
  }

  /** Erases what is too old. @returns how many */
  purge(now: number): Promise<number> {
    return someRows(this.#db, "kept_forms", ["id_digest"], (old) => {
      void old.where("expires_at", "<=", now);
    }).delete();
  }

  #waiting(accountSub: string, now: number) {
    return this.#db("kept_forms").where({ account_sub: accountSub }).where("expires_at", ">", now);
  }
}
