import { type Actor, type Bearer, type StaffRole, isPerson } from "../accounts/index.ts";
import type { EmailAddress, Locale } from "../foundation/index.ts";
import type { Queryable } from "../storage/index.ts";
import type { Holder } from "./access.ts";
import { inSlices } from "./slices.ts";

/** Reads the accounts whose accesses change, by key. */
export class HolderStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /**
   * Holds the accounts' rows until the transaction ends, so that changes to one account's accesses
   * stand in line and a parallel disabling waits; in the order of ids, so that no two wait for each
   * other in a ring. On SQLite the transaction itself is the line (`Database.transaction`).
   * @param actor who acts, when somebody is to be judged: their row has its place in that order
   * @returns those that exist
   */
  async hold(accountIds: readonly number[], actor?: Actor): Promise<Holder[]> {
    const ids = [...new Set(accountIds)].sort((left, right) => left - right);
    const own = actor !== undefined && isPerson(actor) ? await this.#idOf(actor) : undefined;
    if (own === undefined || ids.includes(own)) return this.#hold(ids);
    const first = await this.#hold(ids.filter((id) => id < own));
    await this.#db("accounts").where({ id: own }).forShare().first("id");
    return [...first, ...(await this.#hold(ids.filter((id) => id > own)))];
  }

  async #idOf(sub: string): Promise<number | undefined> {
    const row = await this.#db("accounts").where({ sub }).first<{ id: number } | undefined>("id");
    return row?.id;
  }

  async #hold(ids: readonly number[]): Promise<Holder[]> {
    const holders: Holder[] = [];
    for (const slice of inSlices(ids)) {
      const rows = await this.#select(slice).orderBy("id").forUpdate();
      holders.push(...rows.map(toHolder));
    }
    return holders;
  }

  /** The same accounts without holding them: for a look before the act. */
  async find(accountIds: readonly number[]): Promise<Holder[]> {
    const holders: Holder[] = [];
    for (const slice of inSlices([...new Set(accountIds)])) {
      holders.push(...(await this.#select(slice)).map(toHolder));
    }
    return holders;
  }

  /**
   * Who acts, as far as it says what they may do; undefined when there is no such account. Their row stays as it is until
   * the transaction ends: a role that is taken at this moment is taken after the act, or before it.
   */
  async bearer(sub: string): Promise<Bearer | undefined> {
    const row = await this.#db("accounts")
      .where({ sub })
      .forShare()
      .first<{ role: StaffRole | null; state: string } | undefined>("role", "state");
    return row && { sub, state: row.state, role: row.role ?? undefined };
  }

  #select(accountIds: readonly number[]) {
    return this.#db("accounts")
      .whereIn("id", accountIds)
      .select<HolderRow[]>("id", "sub", "state", "email", "locale", "role");
  }
}

interface HolderRow {
  id: number;
  sub: string;
  state: string;
  email: string | null;
  locale: Locale;
  role: StaffRole | null;
}

function toHolder({ id, sub, state, email, locale, role }: HolderRow): Holder {
  return {
    ...{ id, sub, state, locale },
    ...(email ? { email: email as EmailAddress } : {}),
    ...(role ? { role } : {}),
  };
}
