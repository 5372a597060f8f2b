import type { Knex } from "knex";
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

/** How many accounts' accesses are read at a time. */
const holdersAtOnce = 100;

/** Reads accesses past and present, for people. */
export class AccessHistoryStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Ordered by address, then SIRET, then opening. */
  list(filter: AccessFilter, now: number): Promise<AccessEntry[]> {
    return this.#read(now, (accesses) => {
      void accesses.where({
        ...(filter.accountId !== undefined && { "accesses.account_id": filter.accountId }),
        ...(filter.siret !== undefined && { "accesses.siret": filter.siret }),
      });
    });
  }

  /** All of them in that order, those of deleted accounts last; read for a hundred accounts at a time. */
  async *all(now: number): AsyncGenerator<AccessEntry[]> {
    for await (const ids of this.#holders()) {
      yield this.#read(now, (accesses) => void accesses.whereIn("accesses.account_id", ids));
    }
  }

  async *#holders(): AsyncGenerator<number[]> {
    for (let email = ""; ;) {
      const page = await this.#db("accounts")
        .where("email", ">", email)
        .orderBy("email")
        .limit(holdersAtOnce)
        .select<{ id: number; email: string }[]>("id", "email");
      yield page.map(({ id }) => id);
      if (page.length < holdersAtOnce) break;
      email = page.at(-1)?.email ?? "";
    }
    for (let id = 0; ;) {
      const page = await this.#db("accounts")
        .whereNull("email")
        .where("id", ">", id)
        .orderBy("id")
        .limit(holdersAtOnce)
        .select<{ id: number }[]>("id");
      yield page.map((each) => each.id);
      if (page.length < holdersAtOnce) return;
      id = page.at(-1)?.id ?? 0;
    }
  }

  async #read(now: number, choose: (accesses: Knex.QueryBuilder) => void): Promise<AccessEntry[]> {
    const rows = await this.#db("accesses")
      .where(choose)
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
