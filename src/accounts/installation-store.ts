import type { Queryable } from "../storage/index.ts";
import type { Account } from "./account.ts";
import { selectAccounts, toAccount } from "./account-rows-store.ts";

/** How far the last change of everybody's credentials is carried out. */
export interface EndedThrough {
  /** The id through which accounts are done with; undefined when there is nothing to do. */
  readonly through: number | undefined;
  /** Which change: one that comes meanwhile begins again, where this one may be still. */
  readonly version: number;
}

/** The one row of `installation`: the version of everybody's credentials, and how far its change is carried out. */
export class InstallationStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Voids in one write all that was proven of anybody; the sessions that are over are ended one by one after it. */
  async renewCredentials(): Promise<void> {
    const version = this.#db.raw("credentials_version + 1");
    await this.#db("installation").update({ credentials_version: version, ended_through: 0 });
  }

  /** How far everybody's sessions are ended. */
  async ended(): Promise<EndedThrough> {
    const row = await this.#db("installation").first<{
      ended_through: number | null;
      credentials_version: number;
    }>("ended_through", "credentials_version");
    return { through: row.ended_through ?? undefined, version: row.credentials_version };
  }

  /** The accounts behind an id, in order. */
  async accountsAfter(id: number, limit: number): Promise<Account[]> {
    const rows = await selectAccounts(this.#db)
      .where("id", ">", id)
      .whereNot("state", "deleted")
      .orderBy("id")
      .limit(limit);
    return rows.map(toAccount);
  }

  /** Keeps how far it is; undefined for through. Not when the credentials were renewed again, or another node was faster. */
  async keepEndedThrough(from: EndedThrough, through: number | undefined): Promise<void> {
    await this.#db("installation")
      .where({ ended_through: from.through ?? null, credentials_version: from.version })
      .update({ ended_through: through ?? null });
  }
}
