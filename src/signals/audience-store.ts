import type { Queryable } from "../storage/index.ts";

/** A client, and what a person granted it. */
export interface Hearer {
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
}

/**
 * Who was told that an account is disabled: its grants are gone then, and who was told must hear when it is enabled or
 * erased. The table `signal_audiences`.
 */
export class AudienceStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): AudienceStore {
    return new AudienceStore(transaction);
  }

  async insert(sub: string, hearers: readonly Hearer[], now: number): Promise<void> {
    if (hearers.length === 0) return;
    await this.#db("signal_audiences")
      .insert(
        hearers.map(({ clientId, scopes }) => ({
          account_sub: sub,
          client_id: clientId,
          scopes: [...scopes].sort().join(" "),
          told_at: now,
        })),
      )
      .onConflict(["account_sub", "client_id"])
      .ignore();
  }

  async list(sub: string): Promise<(Hearer & { readonly toldAt: number })[]> {
    const rows = await this.#db("signal_audiences")
      .where({ account_sub: sub })
      .orderBy("client_id")
      .select<{ client_id: string; scopes: string; told_at: number | string }[]>(
        ...["client_id", "scopes", "told_at"],
      );
    return rows.map((row) => ({
      clientId: row.client_id,
      scopes: new Set(row.scopes.split(" ")),
      toldAt: Number(row.told_at),
    }));
  }

  async remove(sub: string): Promise<void> {
    await this.#db("signal_audiences").where({ account_sub: sub }).delete();
  }
}
