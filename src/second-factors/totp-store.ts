import type { Queryable } from "../storage/index.ts";

/** An authenticator application that a person has turned on. */
export interface TotpFactor {
  /** The shared secret, encrypted. */
  readonly encryptedSecret: string;
  readonly createdAt: number;
  /** The term of the staff in which it was turned on. */
  readonly staffTerm?: string | undefined;
}

/** The `totp_factors` table: at most one application an account. */
export class TotpStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): TotpStore {
    return new TotpStore(transaction);
  }

  /** @returns false when the account has one already: the primary key decides. */
  async insert(
    accountSub: string,
    { encryptedSecret, createdAt, staffTerm }: TotpFactor,
    lastStep: number,
  ): Promise<boolean> {
    const inserted = await this.#db("totp_factors")
      .insert({
        account_sub: accountSub,
        secret: encryptedSecret,
        last_step: lastStep,
        created_at: createdAt,
        staff_term: staffTerm ?? null,
      })
      .onConflict("account_sub")
      .ignore()
      .returning("account_sub");
    return inserted.length === 1;
  }

  async find(accountSub: string): Promise<TotpFactor | undefined> {
    const row = await this.#db("totp_factors")
      .where({ account_sub: accountSub })
      .first<{ secret: string; created_at: number } | undefined>("secret", "created_at");
    return row && { encryptedSecret: row.secret, createdAt: row.created_at };
  }

  /** Uses a step up: true exactly once, and never again for it or an earlier one (RFC 6238 §5.2). */
  async useStep(accountSub: string, step: number): Promise<boolean> {
    const used = await this.#db("totp_factors")
      .where({ account_sub: accountSub })
      .where("last_step", "<", step)
      .update({ last_step: step });
    return used === 1;
  }

  /** @returns false when there was none */
  async remove(accountSub: string): Promise<boolean> {
    return (await this.#db("totp_factors").where({ account_sub: accountSub }).delete()) === 1;
  }
}
