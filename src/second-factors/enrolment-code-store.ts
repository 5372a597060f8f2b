import type { Account } from "../accounts/index.ts";
import { type Queryable, someRows } from "../storage/index.ts";

/** A code that is kept, as its digest. Instants are epoch seconds. */
export interface KeptEnrolmentCode {
  readonly digest: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** An account as far as a code is judged by it: one of another term or role is void. */
export type CodeHolder = Pick<Account, "sub" | "role" | "staffTerm">;

/** The `enrolment_codes` table: at most one code an account; and which factors were turned on in a term of the staff. */
export class EnrolmentCodeStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): EnrolmentCodeStore {
    return new EnrolmentCodeStore(transaction);
  }

  /** Keeps a code in the place of an older one. */
  async replace({ sub, role, staffTerm }: CodeHolder, code: KeptEnrolmentCode): Promise<void> {
    const { digest, createdAt, expiresAt } = code;
    await this.#db("enrolment_codes")
      .insert({
        ...{ account_sub: sub, role, staff_term: staffTerm },
        ...{ digest, created_at: createdAt, expires_at: expiresAt },
      })
      .onConflict("account_sub")
      .merge();
  }

  /** Whether the code of this digest is good. */
  async isGood(holder: CodeHolder, digest: string, now: number): Promise<boolean> {
    return (await this.#good(holder, now).where({ digest }).first("account_sub")) !== undefined;
  }

  /** Whether any code of the holder is good. */
  async isWaiting(holder: CodeHolder, now: number): Promise<boolean> {
    return (await this.#good(holder, now).first("account_sub")) !== undefined;
  }

  /** Uses a code up: true exactly once. */
  async consume(holder: CodeHolder, digest: string, now: number): Promise<boolean> {
    return (await this.#good(holder, now).where({ digest }).delete()) === 1;
  }

  async remove(sub: string): Promise<void> {
    await this.#db("enrolment_codes").where({ account_sub: sub }).delete();
  }

  /** Erases codes that are refused for their age alone. @returns how many */
  purge(now: number): Promise<number> {
    return someRows(this.#db, "enrolment_codes", ["account_sub"], (old) => {
      void old.where("expires_at", "<=", now);
    }).delete();
  }

  /** Whether the account holds a factor that was turned on in its present term. */
  async hasFactorOfTerm({ sub, staffTerm }: CodeHolder): Promise<boolean> {
    if (staffTerm === undefined) return false;
    const which = { account_sub: sub, staff_term: staffTerm };
    const found =
      (await this.#db("totp_factors").where(which).first<object | undefined>("account_sub")) ??
      (await this.#db("passkeys").where(which).first<object | undefined>("account_sub"));
    return found !== undefined;
  }

  #good({ sub, role, staffTerm }: CodeHolder, now: number) {
    return this.#db("enrolment_codes")
      .where({ account_sub: sub, role: role ?? "", staff_term: staffTerm ?? "" })
      .where("expires_at", ">", now);
  }
}
