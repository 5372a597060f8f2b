import type { EmailAddress } from "../foundation/index.ts";
import type { Queryable } from "../storage/index.ts";
import type { AdministrativeState } from "./directory.ts";
import { inSlices } from "./slices.ts";
import type { Siret } from "./siret.ts";

/** What whoever decides about an establishment sees of it. */
export interface AskedAbout {
  readonly name?: string;
  readonly address?: string;
  /** Absent while the directory has not been asked. */
  readonly state?: AdministrativeState;
  /** Who else has it open: the first of them. */
  readonly holders: readonly {
    readonly sub: string;
    readonly email: EmailAddress;
    readonly name: string;
  }[];
  /** Whether there are more. */
  readonly hasMore: boolean;
}

/** So many of those who hold an establishment are named. */
const mostNamed = 3;

/** Reads what surrounds a request, by index: however many hold an establishment, some are read. */
export class RequestSurroundingsStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** What is known of these establishments, those beside `accountId` who hold each included. */
  async about(
    sirets: readonly Siret[],
    { accountId, now }: { readonly accountId: number; readonly now: number },
  ): Promise<Map<Siret, AskedAbout>> {
    const known = new Map<Siret, DetailsRow>();
    for (const slice of inSlices([...sirets])) {
      const rows = await this.#db<DetailsRow>("establishments")
        .whereIn("siret", slice)
        .select("siret", "name", "address", "administrative_state");
      for (const row of rows) known.set(row.siret, row);
    }
    const about = new Map<Siret, AskedAbout>();
    for (const siret of sirets) {
      const { name, address, administrative_state: state } = known.get(siret) ?? {};
      const holders = await this.#holders(siret, { accountId, now });
      about.set(siret, {
        ...(name && { name }),
        ...(address && { address }),
        ...(state && { state }),
        holders: holders.slice(0, mostNamed),
        hasMore: holders.length > mostNamed,
      });
    }
    return about;
  }

  async #holders(
    siret: Siret,
    { accountId, now }: { readonly accountId: number; readonly now: number },
  ): Promise<AskedAbout["holders"]> {
    const rows = await this.#db("accesses")
      .join("accounts", "accounts.id", "accesses.account_id")
      .where("accesses.siret", siret)
      .whereNot("accesses.account_id", accountId)
      .whereNull("accesses.closed_at")
      .whereRaw("(accesses.until_at IS NULL OR accesses.until_at > ?)", [now])
      .whereNotNull("accounts.email")
      .orderBy("accesses.id")
      .limit(mostNamed + 1)
      .select<HolderRow[]>("sub", "email", "given_name", "family_name");
    return rows.map(({ sub, email, given_name: givenName, family_name: familyName }) => {
      return { sub, email, name: `${givenName} ${familyName}` };
    });
  }
}

interface DetailsRow {
  siret: Siret;
  name: string | null;
  address: string | null;
  administrative_state: AdministrativeState | null;
}

interface HolderRow {
  sub: string;
  email: EmailAddress;
  given_name: string;
  family_name: string;
}
