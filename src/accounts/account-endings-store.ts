import type { Queryable } from "../storage/index.ts";

/** An account whose sessions and tokens are void by the register, and are still to be ended. */
export interface DueEnding {
  readonly sub: string;
  /** How many changes are waiting; at least 1. */
  readonly changes: number;
}

/** The column `endings_due` of `accounts`, which `AccountStore` counts up with each change that voids sessions. */
export class AccountEndingsStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** What an account waits for; undefined for nothing. */
  async find(sub: string): Promise<DueEnding | undefined> {
    return this.#due().where({ sub }).first<DueEnding | undefined>();
  }

  /**
   * Accounts that changed before an instant, the first made first.
   * @param latest what is later was written by a clock that has since been put back: it waits no longer
   */
  async changedBefore(instant: number, latest: number, limit: number): Promise<DueEnding[]> {
    return this.#due()
      .whereRaw("(credentials_changed_at < ? OR credentials_changed_at > ?)", [instant, latest])
      .orderBy("id")
      .limit(limit);
  }

  /** Settles what was found; a change that came since waits on. */
  async settle({ sub, changes }: DueEnding): Promise<void> {
    await this.#db("accounts").where({ sub, endings_due: changes }).update({ endings_due: 0 });
  }

  #due() {
    return this.#db("accounts")
      .where("endings_due", ">", 0)
      .select<DueEnding[]>("sub", "endings_due as changes");
  }
}
