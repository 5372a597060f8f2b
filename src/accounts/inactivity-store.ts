import { type Queryable, type Share, shareOf } from "../storage/index.ts";
import type { Account } from "./account.ts";
import { type AccountRow, installationVersion, toAccount } from "./account-rows-store.ts";

/** Rows a run at most: neither the mail server nor the register is flooded. */
const accountsARun = 200;

/** Reads and marks the `accounts` that nobody signs in to any more. */
export class InactivityStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): InactivityStore {
    return new InactivityStore(transaction);
  }

  /** Accounts last used at `before` or earlier whose person was not warned. */
  async listToWarn(before: number): Promise<Account[]> {
    const rows = await this.#unused(before)
      .whereNull("inactivity_warned_at")
      .select<AccountRow[]>("*", installationVersion(this.#db))
      .limit(accountsARun);
    return rows.map(toAccount);
  }

  /** Marks one as warned: true for one node only, and not when its person has come back. */
  async markWarned(id: number, before: number, now: number): Promise<boolean> {
    const marked = await this.#unused(before)
      .where({ id })
      .whereNull("inactivity_warned_at")
      .update({ inactivity_warned_at: now });
    return marked === 1;
  }

  /** Accounts last used at `before` or earlier, warned at `warnedBefore` or earlier. */
  async listToErase(before: number, warnedBefore: number): Promise<Account[]> {
    const rows = await this.#unused(before)
      .where("inactivity_warned_at", "<=", warnedBefore)
      .select<AccountRow[]>("*", installationVersion(this.#db))
      .limit(accountsARun);
    return rows.map(toAccount);
  }

  /** Holds one until the transaction ends. @returns false when its person has come back */
  async hold(id: number, before: number): Promise<boolean> {
    const held = await this.#unused(before)
      .where({ id })
      .update({ inactivity_warned_at: this.#db.ref("inactivity_warned_at") });
    return held === 1;
  }

  /** How many accounts there are, and how many of them are to be warned, or erased. */
  share(before: number, which: "to-warn" | "to-erase", warnedBefore = 0): Promise<Share> {
    const going = this.#unused(before);
    if (which === "to-warn") void going.whereNull("inactivity_warned_at");
    else void going.where("inactivity_warned_at", "<=", warnedBefore);
    const all = this.#db("accounts").whereNot("state", "deleted");
    return shareOf(going, all);
  }

  #unused(before: number) {
    return this.#db("accounts")
      .whereRaw("coalesce(last_signed_in_at, created_at) <= ?", [before])
      .whereNot("state", "deleted");
  }
}
