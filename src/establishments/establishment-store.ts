import type { Queryable, Transaction } from "../storage/index.ts";
import { type Establishment, toEstablishment } from "./establishment.ts";
import type { Siret } from "./siret.ts";
import { inSlices } from "./slices.ts";

/** The `establishments` table. */
export class EstablishmentStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): EstablishmentStore {
    return new EstablishmentStore(transaction);
  }

  /**
   * Makes sure that each establishment is known, in the order given. A name replaces the one known
   * before; no name leaves it as it is.
   */
  async record(
    sirets: readonly Siret[],
    names: ReadonlyMap<Siret, string>,
    now: number,
  ): Promise<void> {
    for (const slice of inSlices(sirets)) {
      const rows = slice.map((siret) => ({
        siret,
        name: names.get(siret) ?? null,
        name_source: names.has(siret) ? "staff" : null,
        created_at: now,
        updated_at: now,
      }));
      await this.#db("establishments")
        .insert(rows)
        .onConflict("siret")
        .merge({
          name: this.#db.raw("excluded.name"),
          name_source: this.#db.raw("excluded.name_source"),
          updated_at: this.#db.raw("excluded.updated_at"),
        })
        // The directory's name, when staff give the same, is theirs from then on.
        .whereRaw(
          `excluded.name <> coalesce(establishments.name, '')
           OR (excluded.name IS NOT NULL AND establishments.name_source = 'directory')`,
        );
    }
  }

  /** Those of `sirets` that are known, ordered by SIRET. */
  async findAll(sirets: readonly Siret[]): Promise<Establishment[]> {
    const found: Establishment[] = [];
    for (const slice of inSlices([...sirets].sort())) {
      const rows = await this.#db<EstablishmentRow>("establishments")
        .whereIn("siret", slice)
        .orderBy("siret");
      found.push(...rows.map((row) => toEstablishment(row.siret, row.name)));
    }
    return found;
  }
}

interface EstablishmentRow {
  siret: Siret;
  name: string | null;
}
