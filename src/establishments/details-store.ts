import type { Queryable } from "../storage/index.ts";
import type { AdministrativeState, EstablishmentDetails } from "./directory.ts";
import type { Siret } from "./siret.ts";
import { inSlices } from "./slices.ts";

/** An establishment with all that is known of it, for staff. */
export interface KnownEstablishment {
  readonly siret: Siret;
  readonly name?: string;
  readonly address?: string;
  readonly state?: AdministrativeState;
  /** When the directory said so, epoch seconds. */
  readonly detailsAt?: number;
}

/** An establishment whose details are to be asked for. */
export interface DueEstablishment {
  readonly siret: Siret;
  readonly dueAt: number;
  /** How often it was asked for in vain since the last answer. */
  readonly attempts: number;
}

/** What the `establishments` table holds of the directory's answers. */
export class DetailsStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The longest due first. */
  async listDue(now: number, limit: number): Promise<DueEstablishment[]> {
    const rows = await this.#db("establishments")
      .where("details_due_at", "<=", now)
      .orderBy("details_due_at")
      .limit(limit)
      .select<DetailsRow[]>("siret", "details_due_at", "details_attempts");
    return rows.map((row) => ({
      siret: row.siret,
      dueAt: row.details_due_at,
      attempts: row.details_attempts,
    }));
  }

  /** Takes one to ask for: true for one node only. Should that node die, it is due again at `until`. */
  async take({ siret, dueAt }: DueEstablishment, until: number): Promise<boolean> {
    const taken = await this.#db("establishments")
      .where({ siret, details_due_at: dueAt })
      .update({ details_due_at: until });
    return taken === 1;
  }

  /** Keeps an answer. The name that staff gave stays. */
  async keep(
    siret: Siret,
    { name, address, state }: EstablishmentDetails,
    { at, nextAt }: { readonly at: number; readonly nextAt: number },
  ): Promise<void> {
    await this.#db("establishments")
      .where({ siret })
      .update({
        address: address ?? null,
        administrative_state: state,
        details_at: at,
        details_due_at: nextAt,
        details_attempts: 0,
      });
    if (name === undefined) {
      await this.#forgetMark(siret);
      return;
    }
    await this.#db("establishments")
      .where({ siret })
      .whereRaw("(name IS NULL OR name_source = 'directory')")
      .whereRaw("coalesce(name, '') <> ?", [name])
      .update({ name, name_source: "directory", updated_at: at });
  }

  /** A build of before may have kept the directory's mark for « not to be told of » as a name. */
  async #forgetMark(siret: Siret): Promise<void> {
    await this.#db("establishments")
      .where({ siret, name_source: "directory" })
      .whereRaw("name LIKE '[N%'")
      .update({ name: null });
  }

  /** Puts one off that was asked for in vain. */
  async postpone(siret: Siret, nextAt: number, attempts: number): Promise<void> {
    await this.#db("establishments")
      .where({ siret })
      .update({ details_due_at: nextAt, details_attempts: attempts });
  }

  /** Those of `sirets` that are known, ordered by SIRET. */
  async findAll(sirets: readonly Siret[]): Promise<KnownEstablishment[]> {
    const found: KnownEstablishment[] = [];
    for (const slice of inSlices([...new Set(sirets)].sort())) {
      const rows = await this.#db<DetailsRow>("establishments")
        .whereIn("siret", slice)
        .orderBy("siret");
      found.push(...rows.map(toKnown));
    }
    return found;
  }
}

interface DetailsRow {
  siret: Siret;
  name: string | null;
  address: string | null;
  administrative_state: AdministrativeState | null;
  details_at: number | null;
  details_due_at: number;
  details_attempts: number;
}

function toKnown(row: DetailsRow): KnownEstablishment {
  return {
    siret: row.siret,
    ...(row.name !== null && { name: row.name }),
    ...(row.address !== null && { address: row.address }),
    ...(row.administrative_state !== null && { state: row.administrative_state }),
    ...(row.details_at !== null && { detailsAt: row.details_at }),
  };
}
