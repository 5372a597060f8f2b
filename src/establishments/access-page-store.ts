import type { Knex } from "knex";
import type { EmailAddress } from "../foundation/index.ts";
import { type Queryable, type Transaction, countOf } from "../storage/index.ts";
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

/** From when to when, epoch seconds. */
export interface EndingSpan {
  readonly since: number;
  readonly until: number;
}

/** An access with the account it belongs to, as programs are told of it. */
export interface AccessOfAccount extends AccessEntry {
  readonly accountId: number;
  readonly sub: string;
}

/** Reads accesses past and present, page by page: for programs in the order they were opened, for staff as they end. */
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

  /** How many open accesses end by themselves after `since` and until `until`, epoch seconds. */
  countEnding({ since, until }: EndingSpan): Promise<number> {
    return countOf(this.#ending({ since, until }));
  }

  /**
   * Those of them that follow one, the first to end first.
   * @param page.after the last of the page before
   */
  async ending(
    span: EndingSpan,
    { after, limit }: { readonly after?: AccessOfAccount | undefined; readonly limit: number },
  ): Promise<AccessOfAccount[]> {
    const { untilAt = span.since, accessId = 0 } = after ?? {};
    const order = ["accesses.until_at", "accesses.id"];
    // A training year ends for many at one midnight: their page is chosen before anything is read of its people.
    const chosen = this.#ending({ ...span, since: Math.max(span.since, untilAt - 1) })
      .whereRaw("(accesses.until_at > ? OR accesses.id > ?)", [untilAt, accessId])
      .orderBy(order)
      .limit(limit);
    const rows = await this.#entries(this.#db.from(chosen.as("accesses"))).orderBy(order);
    return rows.map((row) => toAccessOfAccount(row, span.since));
  }

  #ending({ since, until }: EndingSpan): Knex.QueryBuilder {
    return this.#db("accesses")
      .whereNull("accesses.closed_at")
      .where("accesses.until_at", ">", since)
      .where("accesses.until_at", "<=", until);
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

  #entries(accesses: Knex.QueryBuilder = this.#db("accesses")) {
    return accesses
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
