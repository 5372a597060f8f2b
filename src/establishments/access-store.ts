import type { Knex } from "knex";
import { days } from "../foundation/index.ts";
import { type Queryable, type Share, type Transaction, shareOf } from "../storage/index.ts";
import type { Opening } from "./access-commands.ts";
import { type Access, type Holder, closedByDate } from "./access.ts";
import type { Siret } from "./siret.ts";
import { inSlices } from "./slices.ts";

/** How long before its date the end of an access is announced by mail. */
export const endNoticeSeconds = days(30);

/** The `accesses` table: rows are inserted, closed once and marked revoked once; never deleted. */
export class AccessStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): AccessStore {
    return new AccessStore(transaction);
  }

  /**
   * Opens what is not open yet: the unique index on open accesses decides.
   * @returns the new accesses, by account and SIRET; those of `openings` left out were open.
   */
  async insertMissing(
    holders: readonly Holder[],
    openings: readonly Opening[],
    { at, by }: { readonly at: number; readonly by: string },
  ): Promise<Access[]> {
    const subs = new Map(holders.map(({ id, sub }) => [id, sub]));
    const opened: Access[] = [];
    for (const slice of inSlices(openings)) {
      const rows = (await this.#db("accesses")
        .insert(
          slice.map(({ account, siret, reason, untilAt, by: decidedBy }) => ({
            account_id: account.id,
            siret,
            opened_at: at,
            opened_by: decidedBy ?? by,
            open_reason: reason ?? null,
            until_at: untilAt ?? null,
          })),
        )
        .onConflict(this.#db.raw("(account_id, siret) WHERE closed_at IS NULL") as never)
        .ignore()
        .returning("*")) as AccessRow[];
      opened.push(...rows.map((row) => toAccess(row, subs.get(row.account_id) ?? "")));
    }
    return opened.sort(byAccountAndSiret);
  }

  /** What is open to these accounts at `now`. */
  async findOpen(
    accountIds: readonly number[],
    now: number,
  ): Promise<{ readonly accountId: number; readonly siret: Siret }[]> {
    const found: { accountId: number; siret: Siret }[] = [];
    for (const slice of inSlices([...new Set(accountIds)])) {
      const rows = await this.#db<AccessRow>("accesses")
        .whereIn("account_id", slice)
        .whereNull("closed_at")
        .whereRaw("(until_at IS NULL OR until_at > ?)", [now])
        .select("account_id", "siret");
      found.push(...rows.map((row) => ({ accountId: row.account_id, siret: row.siret })));
    }
    return found;
  }

  /** Closes those of `sirets` that are open and not past their date. */
  async close(
    holder: Holder,
    sirets: readonly Siret[],
    closing: {
      at: number;
      by: string;
      reason: string | undefined;
      accessId?: number | undefined;
    },
  ): Promise<Access[]> {
    const closed: Access[] = [];
    for (const slice of inSlices(sirets)) {
      const rows = (await this.#db("accesses")
        .where({
          account_id: holder.id,
          closed_at: null,
          ...(closing.accessId !== undefined && { id: closing.accessId }),
        })
        .whereRaw("(until_at IS NULL OR until_at > ?)", [closing.at])
        .whereIn("siret", slice)
        .update({
          closed_at: closing.at,
          closed_by: closing.by,
          close_reason: closing.reason ?? null,
        })
        .returning("*")) as AccessRow[];
      closed.push(...rows.map((row) => toAccess(row, holder.sub)));
    }
    return closed.sort(byAccountAndSiret);
  }

  /** Closes these accounts' accesses that are past their date, as of that date. */
  async closePastDate(holders: readonly Holder[], now: number): Promise<Access[]> {
    const subs = new Map(holders.map(({ id, sub }) => [id, sub]));
    const closed: Access[] = [];
    for (const slice of inSlices([...subs.keys()])) {
      const rows = (await this.#db("accesses")
        .whereIn("account_id", slice)
        .whereNull("closed_at")
        .where("until_at", "<=", now)
        .update({ closed_at: this.#db.ref("until_at"), closed_by: closedByDate })
        .returning("*")) as AccessRow[];
      closed.push(...rows.map((row) => toAccess(row, subs.get(row.account_id) ?? "")));
    }
    return closed.sort(byAccountAndSiret);
  }

  /**
   * Marks these accounts' accesses whose end is to be announced: one statement, so each is announced once.
   * One that was opened for less than the notice has its end in the letter of its opening.
   */
  async markEndAnnounced(holders: readonly Holder[], now: number): Promise<Access[]> {
    const subs = new Map(holders.map(({ id, sub }) => [id, sub]));
    const marked: Access[] = [];
    for (const slice of inSlices([...subs.keys()])) {
      const rows = (await endsToAnnounce(this.#db("accesses"), now)
        .whereIn("account_id", slice)
        .update({ end_announced_at: now })
        .returning("*")) as AccessRow[];
      marked.push(...rows.map((row) => toAccess(row, subs.get(row.account_id) ?? "")));
    }
    return marked.sort(byAccountAndSiret);
  }

  /** The accounts with an end to announce. */
  async accountsWithEndsToAnnounce(now: number): Promise<number[]> {
    const rows = await endsToAnnounce(this.#db("accesses"), now).select<AccessRow[]>("account_id");
    return [...new Set(rows.map((row) => row.account_id))];
  }

  /** The accounts that have accesses past their date: few, as the job runs often. */
  async accountsPastDate(now: number): Promise<number[]> {
    const rows = await this.#db<AccessRow>("accesses")
      .select("account_id")
      .where("until_at", "<=", now)
      .whereNull("closed_at");
    // Not SELECT DISTINCT: for its sake SQLite would walk every open access in the order of accounts.
    return [...new Set(rows.map((row) => row.account_id))];
  }

  /** Of the accesses that are open: how many are past their date, or end soon and were not announced. */
  async share(what: "past-date" | "to-announce", now: number): Promise<Share> {
    const open = this.#db("accesses").whereNull("closed_at");
    const going = open.clone();
    if (what === "past-date") void going.where("until_at", "<=", now);
    else void endsToAnnounce(going, now);
    return shareOf(going, open);
  }

  /** Closed accesses whose artifacts are still to be revoked, the longest closed first. */
  async closedButNotRevoked(limit: number): Promise<Access[]> {
    const rows = await this.#db("accesses")
      .join("accounts", "accounts.id", "accesses.account_id")
      .whereNotNull("accesses.closed_at")
      .whereNull("accesses.revoked_at")
      .orderBy("accesses.closed_at")
      .orderBy("accesses.id")
      .limit(limit)
      .select<(AccessRow & { sub: string })[]>("accesses.*", "accounts.sub");
    return rows.map((row) => toAccess(row, row.sub));
  }

  /** @returns false when the access is open, or was marked before. */
  async markRevoked(accessId: number, now: number): Promise<boolean> {
    const marked = await this.#db("accesses")
      .where({ id: accessId, revoked_at: null })
      .whereNotNull("closed_at")
      .update({ revoked_at: now });
    return marked === 1;
  }
}

function endsToAnnounce(accesses: Knex.QueryBuilder, now: number): Knex.QueryBuilder {
  return accesses
    .whereNull("closed_at")
    .whereNull("end_announced_at")
    .where("until_at", ">", now)
    .where("until_at", "<=", now + endNoticeSeconds)
    .whereRaw("until_at - opened_at >= ?", [endNoticeSeconds]);
}

/** A row of `accesses`. */
export interface AccessRow {
  id: number;
  account_id: number;
  siret: Siret;
  opened_at: number;
  opened_by: string;
  open_reason: string | null;
  until_at: number | null;
  closed_at: number | null;
  closed_by: string | null;
  close_reason: string | null;
}

function toAccess(row: AccessRow, sub: string): Access {
  return {
    id: row.id,
    accountId: row.account_id,
    sub,
    siret: row.siret,
    openedAt: row.opened_at,
    openedBy: row.opened_by,
    ...(row.open_reason !== null && { openReason: row.open_reason }),
    ...(row.until_at !== null && { untilAt: row.until_at }),
    ...(row.closed_at !== null && { closedAt: row.closed_at }),
    ...(row.closed_by !== null && { closedBy: row.closed_by }),
    ...(row.close_reason !== null && { closeReason: row.close_reason }),
  };
}

function byAccountAndSiret(left: Access, right: Access): number {
  if (left.accountId !== right.accountId) return left.accountId - right.accountId;
  return left.siret < right.siret ? -1 : 1;
}
