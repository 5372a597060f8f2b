import { type Account, type AccountRow, toAccount } from "../accounts/index.ts";
import type { KeyedLookup } from "../fast-lane/index.ts";
import type { Database } from "../storage/index.ts";
import { type Establishment, toEstablishment } from "./establishment.ts";
import type { Siret } from "./siret.ts";

/** Who an account is, and what is open to it: all that the register decides at each authorization and use of a token. */
export interface Standing {
  readonly account: Account;
  /** Whether a second factor is turned on. */
  readonly hasSecondFactor: boolean;
  /** Ordered by SIRET; empty when the account is not active. */
  readonly open: readonly Establishment[];
}

/** Without the dates: {@link StandingStore} compares them with the clock of its caller. */
const standingOf = `
  SELECT accounts.sub AS key, accounts.id, accounts.sub, accounts.email, accounts.given_name,
         accounts.family_name, accounts.locale, accounts.state, accounts.role,
         accounts.staff_term, accounts.client_id,
         accounts.email_verified_at, accounts.credentials_changed_at, accounts.created_at,
         accounts.updated_at, accounts.credentials_version,
         (SELECT credentials_version FROM installation) AS installation_version,
         accesses.siret, accesses.until_at, establishments.name,
         EXISTS (SELECT 1 FROM totp_factors WHERE account_sub = accounts.sub)
           OR EXISTS (SELECT 1 FROM passkeys WHERE account_sub = accounts.sub) AS has_second_factor
    FROM accounts
    LEFT JOIN accesses ON accesses.account_id = accounts.id
          AND accesses.closed_at IS NULL AND accounts.state = 'active'
    LEFT JOIN establishments ON establishments.siret = accesses.siret
   WHERE accounts.sub IN (:keys) AND accounts.state <> 'deleted'
   ORDER BY accesses.siret`;

/** The same of whoever holds an artifact, for a store on PostgreSQL that reads it beside: `artifacts`, `HolderStatement`. */
export const standingOfHolder = standingOf.replace("IN (:keys)", "= :holder");

/**
 * The read that stands on the path of every sign-in, token and userinfo request: one statement, by
 * key, true to the second whether or not the job that closes past accesses has run.
 */
export class StandingStore {
  readonly #ofAccount: KeyedLookup<StandingRow>;

  constructor(database: Database) {
    this.#ofAccount = database.keyedLookup("standing", standingOf);
  }

  /** @returns the standing at `now`; undefined when there is no such account, or it was deleted. */
  async find(sub: string, now: number): Promise<Standing | undefined> {
    return this.read(await this.#ofAccount(sub), now);
  }

  /** What the rows of one account say at `now`; undefined when there are none. */
  read(rows: readonly StandingRow[], now: number): Standing | undefined {
    const [first] = rows;
    if (!first) return undefined;
    return {
      account: toAccount(first),
      hasSecondFactor: Boolean(first.has_second_factor),
      open: rows.flatMap((row) => openIn(row, now)),
    };
  }
}

/** A row of the statement, one an open establishment. */
export interface StandingRow extends Omit<AccountRow, "password_hash" | "last_signed_in_at"> {
  key: string;
  /** null in the one row of an account to which nothing is open. */
  siret: Siret | null;
  until_at: number | null;
  name: string | null;
  /** A truth value: SQLite has 0 and 1. */
  has_second_factor: boolean | number;
}

function openIn({ siret, until_at: until, name }: StandingRow, now: number): Establishment[] {
  if (siret === null || (until !== null && until <= now)) return [];
  return [toEstablishment(siret, name)];
}
