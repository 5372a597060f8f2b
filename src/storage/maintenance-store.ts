import type { Queryable } from "./database.ts";

/** The one row of `maintenance`, while the register only reads. Epoch seconds. */
export interface MaintenanceRow {
  readonly since: number;
  readonly until: number;
}

const id = 1;

/** The table `maintenance`. */
export class MaintenanceStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  async read(): Promise<MaintenanceRow | undefined> {
    const row = await this.#db("maintenance")
      .where({ id })
      .first<{ since_at: number; until_at: number } | undefined>();
    return row && { since: row.since_at, until: row.until_at };
  }

  /** Begins it, or moves its end. */
  async set({ since, until }: MaintenanceRow): Promise<void> {
    await this.#db("maintenance")
      .insert({ id, since_at: since, until_at: until })
      .onConflict("id")
      .merge({ until_at: until });
  }

  /** @param atLatest only when its end is not after this instant @returns whether there was one, for one caller alone */
  async remove(atLatest?: number): Promise<boolean> {
    const row = this.#db("maintenance").where({ id });
    if (atLatest !== undefined) void row.where("until_at", "<=", atLatest);
    return (await row.delete()) === 1;
  }
}
