import type { Queryable } from "../storage/index.ts";

/** What is known of one kind of purge. Instants are epoch seconds. */
export interface PurgeState {
  readonly kind: string;
  readonly ranAt: number | undefined;
  /** Since its last run it was refused, and why. */
  readonly refusedAt: number | undefined;
  readonly refusal: string | undefined;
}

/** The table `purges`: one row a kind. */
export class PurgeStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Every kind that ran or was refused. */
  async list(): Promise<PurgeState[]> {
    const rows = await this.#db("purges").orderBy("kind").select<PurgeRow[]>();
    return rows.map((row) => ({
      kind: row.kind,
      ranAt: row.ran_at ?? undefined,
      refusedAt: row.refused_at ?? undefined,
      refusal: row.refusal ?? undefined,
    }));
  }

  /** It ran, and nothing kept it from that. */
  async ran(kind: string, at: number): Promise<void> {
    await this.#keep({ kind, ran_at: at, refused_at: null, refusal: null });
  }

  async refused(kind: string, at: number, refusal: string): Promise<void> {
    await this.#keep({ kind, refused_at: at, refusal });
  }

  async #keep(row: Partial<PurgeRow> & { readonly kind: string }): Promise<void> {
    await this.#db("purges").insert(row).onConflict("kind").merge();
  }
}

interface PurgeRow {
  kind: string;
  ran_at: number | null;
  refused_at: number | null;
  refusal: string | null;
}
