import type { Queryable } from "../storage/index.ts";

/** The `kept_secrets` table: sealed values, each made once. */
export class KeptSecretStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  async find(name: string): Promise<string | undefined> {
    const row = await this.#db("kept_secrets")
      .where({ name })
      .first<{ sealed: string } | undefined>("sealed");
    return row?.sealed;
  }

  /** Keeps a secret unless there is one of its name: the primary key decides between two nodes. */
  async keep(name: string, sealed: string, now: number): Promise<void> {
    await this.#db("kept_secrets")
      .insert({ name, sealed, created_at: now })
      .onConflict("name")
      .ignore();
  }

  /** Keeps a secret in the place of the one of its name. */
  async replace(name: string, sealed: string, now: number): Promise<void> {
    await this.#db("kept_secrets")
      .insert({ name, sealed, created_at: now })
      .onConflict("name")
      .merge();
  }
}
