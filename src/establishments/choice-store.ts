import type { Queryable } from "../storage/index.ts";
import { type Establishment, toEstablishment } from "./establishment.ts";
import type { Siret } from "./siret.ts";

/** An establishment that a person may choose. */
export interface Choice extends Establishment {
  readonly address?: string;
  /** Epoch seconds; absent when it was never chosen. */
  readonly lastChosenAt?: number;
}

/** Reads what an account may choose among, with what tells it apart; and remembers what was chosen. */
export class ChoiceStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** What is open at `now` to the active account of this subject identifier: the last chosen first, then by SIRET. */
  async open(sub: string, now: number): Promise<Choice[]> {
    const rows = await this.#db("accesses")
      .join("accounts", "accounts.id", "accesses.account_id")
      .join("establishments", "establishments.siret", "accesses.siret")
      .where({ "accounts.sub": sub, "accounts.state": "active" })
      .whereNull("accesses.closed_at")
      .whereRaw("coalesce(accesses.until_at, ? + 1) > ?", [now, now])
      .orderByRaw("coalesce(accesses.last_chosen_at, 0) DESC, accesses.siret")
      .select<ChoiceRow[]>(
        "accesses.siret",
        "accesses.last_chosen_at",
        "establishments.name",
        "establishments.address",
      );
    return rows.map((row) => ({
      ...toEstablishment(row.siret, row.name),
      ...(row.address !== null && { address: row.address }),
      ...(row.last_chosen_at !== null && { lastChosenAt: row.last_chosen_at }),
    }));
  }

  async markChosen(sub: string, siret: Siret, now: number): Promise<void> {
    await this.#db("accesses")
      .where("account_id", this.#db("accounts").where({ sub }).select("id"))
      .where({ siret, closed_at: null })
      .update({ last_chosen_at: now });
  }
}

interface ChoiceRow {
  siret: Siret;
  name: string | null;
  address: string | null;
  last_chosen_at: number | null;
}
