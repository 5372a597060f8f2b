import type { Database, KeyedLookup } from "../storage/index.ts";
import { type Establishment, toEstablishment } from "./establishment.ts";
import type { Siret } from "./siret.ts";

/** Without the dates: {@link OpenAccessStore} compares them with the clock of its caller. */
const openTo = `
  SELECT accounts.sub AS key, accesses.siret, establishments.name, accesses.until_at
    FROM accounts
    JOIN accesses ON accesses.account_id = accounts.id
    JOIN establishments ON establishments.siret = accesses.siret
   WHERE accounts.sub IN (:keys) AND accounts.state = 'active' AND accesses.closed_at IS NULL
   ORDER BY accesses.siret`;

/**
 * The read that stands on the path of every sign-in, token and userinfo request: prepared, by key,
 * true to the second whether or not the job that closes past accesses has run. An account that is not
 * active has nothing open.
 */
export class OpenAccessStore {
  readonly #ofAccount: KeyedLookup<EstablishmentRow>;

  constructor(database: Database) {
    this.#ofAccount = database.keyedLookup("open-establishments", openTo);
  }

  /** Every establishment open to the account at `now`, ordered by SIRET. */
  async findAll(sub: string, now: number): Promise<Establishment[]> {
    const rows = await this.#ofAccount(sub);
    return rows
      .filter(({ until_at: until }) => until === null || until > now)
      .map((row) => toEstablishment(row.siret, row.name));
  }

  /** The establishment when it is open to the account at `now`. */
  async find(sub: string, siret: string, now: number): Promise<Establishment | undefined> {
    const open = await this.findAll(sub, now);
    return open.find((each) => each.siret === siret);
  }
}

interface EstablishmentRow {
  key: string;
  siret: Siret;
  name: string | null;
  until_at: number | null;
}
