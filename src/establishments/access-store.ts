import type { EmailAddress, Locale } from "../foundation/index.ts";
import type { Queryable, Transaction } from "../storage/index.ts";
import { type Access, type Holder, closedByDate } from "./access.ts";
import type { Siret } from "./siret.ts";
import { inSlices } from "./slices.ts";

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
   * Holds the account's row until the transaction ends, so that changes to one account's accesses
   * stand in line (no deadlock on PostgreSQL) and a parallel disabling waits. It is an update that
   * changes nothing rather than a SELECT: an SQLite transaction that first reads and then writes fails
   * at once when another process wrote in between.
   */
  async hold(accountId: number): Promise<Holder | undefined> {
    const [row] = await this.#db<HolderRow>("accounts")
      .where({ id: accountId })
      .update({ state: this.#db.ref("state") } as object)
      .returning(["id", "sub", "state", "email", "locale"]);
    return row && toHolder(row);
  }

  /**
   * Opens what is not open yet: the unique index on open accesses decides.
   * @returns the new accesses; those of `sirets` left out were open.
   */
  async insertMissing(
    holder: Holder,
    sirets: readonly Siret[],
    opening: { at: number; by: string; reason: string | undefined; untilAt: number | undefined },
  ): Promise<Access[]> {
    const opened: Access[] = [];
    for (const slice of inSlices(sirets)) {
      const rows = (await this.#db("accesses")
        .insert(
          slice.map((siret) => ({
            account_id: holder.id,
            siret,
            opened_at: opening.at,
            opened_by: opening.by,
            open_reason: opening.reason ?? null,
            until_at: opening.untilAt ?? null,
          })),
        )
        .onConflict(this.#db.raw("(account_id, siret) WHERE closed_at IS NULL") as never)
        .ignore()
        .returning("*")) as AccessRow[];
      opened.push(...rows.map((row) => toAccess(row, holder.sub)));
    }
    return opened.sort(bySiret);
  }

  /** Closes those of `sirets` that are open and not past their date. */
  async close(
    holder: Holder,
    sirets: readonly Siret[],
    closing: { at: number; by: string; reason: string | undefined },
  ): Promise<Access[]> {
    const closed: Access[] = [];
    for (const slice of inSlices(sirets)) {
      const rows = (await this.#db("accesses")
        .where({ account_id: holder.id, closed_at: null })
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
    return closed.sort(bySiret);
  }

  /** Closes the account's accesses that are past their date, as of that date. */
  async closePastDate(holder: Holder, now: number): Promise<Access[]> {
    const rows = (await this.#db("accesses")
      .where({ account_id: holder.id, closed_at: null })
      .where("until_at", "<=", now)
      .update({ closed_at: this.#db.ref("until_at"), closed_by: closedByDate })
      .returning("*")) as AccessRow[];
    return rows.map((row) => toAccess(row, holder.sub)).sort(bySiret);
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

interface HolderRow {
  id: number;
  sub: string;
  state: string;
  email: string | null;
  locale: Locale;
}

function toHolder(row: HolderRow): Holder {
  const { id, sub, state, locale } = row;
  return { id, sub, state, locale, ...(row.email ? { email: row.email as EmailAddress } : {}) };
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

function bySiret(left: Access, right: Access): number {
  return left.siret < right.siret ? -1 : 1;
}
