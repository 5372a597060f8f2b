import { type Queryable, hotStatement, someRows } from "../storage/index.ts";

/** When a client last used what a person granted it, epoch seconds. */
export interface ApplicationUse {
  readonly sub: string;
  readonly clientId: string;
  readonly at: number;
}

/** Of an account, a client and now. The later of two nodes' instants stays. */
const noteUse = hotStatement(
  "application-uses.note",
  `INSERT INTO application_uses (account_sub, client_id, last_used_at) VALUES (?, ?, ?)
    ON CONFLICT (account_sub, client_id) DO UPDATE SET last_used_at = excluded.last_used_at
    WHERE application_uses.last_used_at < excluded.last_used_at`,
);

/** The table `application_uses`: one row a person and client. */
export class ApplicationUseStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): ApplicationUseStore {
    return new ApplicationUseStore(transaction);
  }

  /** Keeps the later of what stands there and this. */
  async note({ sub, clientId, at }: ApplicationUse): Promise<void> {
    await noteUse(this.#db, sub, clientId, at);
  }

  /** The uses of a person, by client. */
  async list(sub: string): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#db("application_uses")
      .where({ account_sub: sub })
      .orderBy("client_id")
      .select<{ client_id: string; last_used_at: number | string }[]>("client_id", "last_used_at");
    return new Map(rows.map((row) => [row.client_id, Number(row.last_used_at)]));
  }

  /** @param clientId of every client unless told */
  async remove(sub: string, clientId?: string): Promise<void> {
    const ofClient = clientId === undefined ? {} : { client_id: clientId };
    await this.#db("application_uses")
      .where({ account_sub: sub, ...ofClient })
      .delete();
  }

  /** Erases uses before this instant. @returns how many */
  purge(before: number): Promise<number> {
    return someRows(this.#db, "application_uses", ["account_sub", "client_id"], (rows) => {
      void rows.where("last_used_at", "<", before);
    }).delete();
  }
}
