import type { EmailAddress } from "../foundation/index.ts";
import type { Queryable } from "../storage/index.ts";
import { type AccessEntry, isOpenAt } from "./access.ts";
import type { AccessRow } from "./access-store.ts";
import type { AdministrativeState } from "./directory.ts";
import type { Siret } from "./siret.ts";

/** Whose accesses, or to which establishment; everything when neither is given. */
export interface AccessFilter {
  readonly accountId?: number | undefined;
  readonly siret?: Siret | undefined;
}

/** Reads accesses past and present, for people. */
export class AccessHistoryStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Ordered by address, then SIRET, then opening. */
  async list(filter: AccessFilter, now: number): Promise<AccessEntry[]> {
    const chosen = {
      ...(filter.accountId !== undefined && { "accesses.account_id": filter.accountId }),
      ...(filter.siret !== undefined && { "accesses.siret": filter.siret }),
    };
    const rows = await this.#db("accesses")
      .where(chosen)
      .join("accounts", "accounts.id", "accesses.account_id")
      .join("establishments", "establishments.siret", "accesses.siret")
      .orderBy(["accounts.email", "accesses.account_id", "accesses.siret", "accesses.id"])
      .select<HistoryRow[]>(
        "accesses.*",
        "accounts.email",
        "establishments.name",
        "establishments.address",
        "establishments.administrative_state",
      );
    return rows.map((row) => toEntry(row, now));
  }
}

/** A row of `accesses` with the address of its account and the name of its establishment. */
export interface HistoryRow extends AccessRow {
  email: EmailAddress | null;
  name: string | null;
  address: string | null;
  administrative_state: AdministrativeState | null;
}

/** What a row says at `now`. */
export function toEntry(row: HistoryRow, now: number): AccessEntry {
  const dates = {
    ...(row.until_at !== null && { untilAt: row.until_at }),
    ...(row.closed_at !== null && { closedAt: row.closed_at }),
  };
  return {
    accessId: row.id,
    ...(row.email !== null && { email: row.email }),
    siret: row.siret,
    ...(row.name !== null && { name: row.name }),
    ...(row.address !== null && { address: row.address }),
    ...(row.administrative_state !== null && { establishmentState: row.administrative_state }),
    state: isOpenAt(dates, now) ? "open" : "ended",
    openedAt: row.opened_at,
    openedBy: row.opened_by,
    ...(row.open_reason !== null && { reason: row.open_reason }),
    ...dates,
    ...(row.closed_by !== null && { closedBy: row.closed_by }),
    ...(row.close_reason !== null && { closeReason: row.close_reason }),
  };
}
