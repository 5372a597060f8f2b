import type { EmailAddress } from "../foundation/index.ts";
import type { Queryable, Transaction } from "../storage/index.ts";
import type { AccessEntry } from "./access.ts";
import { type HistoryRow, toEntry } from "./access-history-store.ts";
import type { Siret } from "./siret.ts";
import { inSlices } from "./slices.ts";

/** Which accesses are asked for; every condition holds. */
export interface AccessPageFilter {
  /** The address of the account now. */
  readonly email?: EmailAddress | undefined;
  readonly siret?: Siret | undefined;
  readonly state?: AccessEntry["state"] | undefined;
}

/** An access with the account it belongs to, as programs are told of it. */
export interface AccessOfAccount extends AccessEntry {
  readonly accountId: number;
  readonly sub: string;
}

/** Reads accesses past and present for programs: page by page, in the order they were opened. */
export class AccessPageStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): AccessPageStore {
    return new AccessPageStore(transaction);
  }

  /** At most `limit` accesses after this one, by id: what is opened meanwhile comes last. */
  async page(
    filter: AccessPageFilter,
    { after, limit, now }: { readonly after: number; readonly limit: number; readonly now: number },
  ): Promise<AccessOfAccount[]> {
    const query = this.#entries().where("accesses.id", ">", after);
    if (filter.email !== undefined) void query.where("accounts.email", filter.email);
    if (filter.siret !== undefined) void query.where("accesses.siret", filter.siret);
    if (filter.state !== undefined) {
      const open = "accesses.closed_at IS NULL AND coalesce(accesses.until_at, ? + 1) > ?";
      void query.whereRaw(filter.state === "open" ? open : `NOT (${open})`, [now, now]);
    }
    const rows = await query.orderBy("accesses.id").limit(limit);
    return rows.map((row) => toAccessOfAccount(row, now));
  }

  async find(id: number, now: number): Promise<AccessOfAccount | undefined> {
    const [found] = await this.findAll([id], now);
    return found;
  }

  /** Those of these accesses that exist, by id. */
  async findAll(ids: readonly number[], now: number): Promise<AccessOfAccount[]> {
    const found: AccessOfAccount[] = [];
    for (const slice of inSlices([...ids].sort((left, right) => left - right))) {
      const rows = await this.#entries().whereIn("accesses.id", slice).orderBy("accesses.id");
      found.push(...rows.map((row) => toAccessOfAccount(row, now)));
    }
    return found;
  }

  #entries() {
    return this.#db("accesses")
      .join("accounts", "accounts.id", "accesses.account_id")
      .join("establishments", "establishments.siret", "accesses.siret")
      .select<PageRow[]>("accesses.*", "accounts.email", "accounts.sub", "establishments.name");
  }
}

interface PageRow extends HistoryRow {
  sub: string;
}

function toAccessOfAccount(row: PageRow, now: number): AccessOfAccount {
  return { ...toEntry(row, now), accountId: row.account_id, sub: row.sub };
}
