import type { Database, Lookup } from "../storage/index.ts";
import { type Establishment, toEstablishment } from "./establishment.ts";
import type { Siret } from "./siret.ts";

const openTo = `
  SELECT accesses.siret, establishments.name
    FROM accounts
    JOIN accesses ON accesses.account_id = accounts.id
    JOIN establishments ON establishments.siret = accesses.siret
   WHERE accounts.sub = ? AND accounts.state = 'active'
     AND accesses.closed_at IS NULL AND (accesses.until_at IS NULL OR accesses.until_at > ?)`;

/**
 * The two reads that stand on the path of every sign-in, token and userinfo request: prepared, by key,
 * true to the second whether or not the job that closes past accesses has run. An account that is not
 * active has nothing open.
 */
export class OpenAccessStore {
  readonly #all: Lookup<EstablishmentRow>;
  readonly #one: Lookup<EstablishmentRow>;

  constructor(database: Database) {
    this.#all = database.lookup("open-establishments", `${openTo} ORDER BY accesses.siret`);
    this.#one = database.lookup("open-establishment", `${openTo} AND accesses.siret = ?`);
  }

  /** Every establishment open to the account at `now`, ordered by SIRET. */
  async findAll(sub: string, now: number): Promise<Establishment[]> {
    const rows = await this.#all(sub, now);
    return rows.map((row) => toEstablishment(row.siret, row.name));
  }

  /** The establishment when it is open to the account at `now`. */
  async find(sub: string, siret: string, now: number): Promise<Establishment | undefined> {
    const [row] = await this.#one(sub, now, siret);
    return row && toEstablishment(row.siret, row.name);
  }
}

interface EstablishmentRow {
  siret: Siret;
  name: string | null;
}
