import type { Siren, Siret } from "../establishments/index.ts";
import type { EmailAddress } from "../foundation/index.ts";
import { type Queryable, type Transaction, someRows } from "../storage/index.ts";

/** The care of an organisation, given to an account. Instants are epoch seconds. */
export interface Care {
  readonly id: number;
  readonly accountId: number;
  readonly siren: Siren;
  readonly givenAt: number;
  /** The `sub` of a member of staff. */
  readonly givenBy: string;
  readonly reason?: string;
  readonly endedAt?: number;
  readonly endedBy?: string;
}

/** A care as staff see it. */
export interface ListedCare extends Care {
  readonly sub: string;
  readonly email: EmailAddress;
  readonly name: string;
  /** Whether it counts: its account is active, and holds an access of the organisation. */
  readonly counts: boolean;
}

/** One access of a colleague: all that an administrator sees of a person. */
export interface ColleagueAccess {
  readonly name: string;
  readonly email: EmailAddress;
  readonly siret: Siret;
  readonly establishment?: string;
}

/** The `organisation_cares` table; it reads `accounts` and `accesses` by key. */
export class CareStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): CareStore {
    return new CareStore(transaction);
  }

  /** @returns undefined when the account has it already */
  async insert(care: Omit<Care, "id" | "endedAt" | "endedBy">): Promise<Care | undefined> {
    const [row] = (await this.#db("organisation_cares")
      .insert({
        account_id: care.accountId,
        siren: care.siren,
        given_at: care.givenAt,
        given_by: care.givenBy,
        reason: care.reason ?? null,
      })
      .onConflict(this.#db.raw("(account_id, siren) WHERE ended_at IS NULL") as never)
      .ignore()
      .returning("*")) as CareRow[];
    return row && toCare(row);
  }

  /** Ends it, once. @returns undefined when it has ended */
  async end(id: number, { at, by }: { readonly at: number; readonly by: string }) {
    const [row] = (await this.#db("organisation_cares")
      .where({ id })
      .whereNull("ended_at")
      .update({ ended_at: at, ended_by: by })
      .returning("*")) as CareRow[];
    return row && toCare(row);
  }

  async find(id: number, now: number): Promise<ListedCare | undefined> {
    const row = (await this.#listed(now).where("organisation_cares.id", id).first()) as
      ListedRow | undefined;
    return row && toListed(row);
  }

  /** Those that have not ended, the newest first: a page of at most `limit` before the id `before`. */
  async list(
    now: number,
    { before, limit }: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<ListedCare[]> {
    const rows = (await this.#listed(now)
      .whereNull("organisation_cares.ended_at")
      .where((page) => {
        if (before !== undefined) void page.where("organisation_cares.id", "<", before);
      })
      .orderBy("organisation_cares.id", "desc")
      .limit(limit)) as ListedRow[];
    return rows.map(toListed);
  }

  /** The organisations whose care an account has now, ordered: while it is active and holds an access of each. */
  async held(accountId: number, now: number): Promise<Siren[]> {
    const rows = (await this.#listed(now)
      .where("organisation_cares.account_id", accountId)
      .whereNull("organisation_cares.ended_at")
      .orderBy("organisation_cares.siren")) as ListedRow[];
    return rows.map(toListed).flatMap(({ siren, counts }) => (counts ? [siren] : []));
  }

  /** Whether an establishment of an organisation is open to an account now. */
  async hasAccess(accountId: number, siren: Siren, now: number): Promise<boolean> {
    const found = await this.#openOf(siren, now)
      .where("accesses.account_id", accountId)
      .first<{ id: number } | undefined>("accesses.id");
    return found !== undefined;
  }

  /** What is open of an organisation, by name: a page of at most `limit` after the first `offset`. */
  async colleagues(
    siren: Siren,
    now: number,
    { offset, limit }: { readonly offset: number; readonly limit: number },
  ): Promise<ColleagueAccess[]> {
    const rows = await this.#openOf(siren, now)
      .join("accounts", "accounts.id", "accesses.account_id")
      .join("establishments", "establishments.siret", "accesses.siret")
      .where("accounts.state", "active")
      .orderBy(["accounts.family_name", "accounts.given_name", "accounts.id", "accesses.siret"])
      .offset(offset)
      .limit(limit)
      .select<ColleagueRow[]>(
        ...["accounts.given_name", "accounts.family_name", "accounts.email"],
        ...["accesses.siret", "establishments.name"],
      );
    return rows.map(({ given_name, family_name, email, siret, name }) => ({
      name: `${given_name} ${family_name}`,
      email: email as EmailAddress,
      siret: siret as Siret,
      ...(name !== null && { establishment: name }),
    }));
  }

  /** Whether an establishment is open now to the account of an address. */
  async isOpenTo(email: EmailAddress, siret: Siret, now: number): Promise<boolean> {
    const found = await this.#db("accesses")
      .join("accounts", "accounts.id", "accesses.account_id")
      .where({ "accounts.email": email, "accesses.siret": siret })
      .whereNull("accesses.closed_at")
      .whereRaw("(accesses.until_at IS NULL OR accesses.until_at > ?)", [now])
      .first<{ id: number } | undefined>("accesses.id");
    return found !== undefined;
  }

  /** What an account was given, past and present. */
  async ofAccount(accountId: number): Promise<Care[]> {
    const rows = (await this.#db("organisation_cares")
      .where({ account_id: accountId })
      .orderBy("id")) as CareRow[];
    return rows.map(toCare);
  }

  /** Removes all of an account, with it. */
  async erase(accountId: number): Promise<void> {
    await this.#db("organisation_cares").where({ account_id: accountId }).delete();
  }

  /** Removes what ended at `before` or earlier. @returns how many */
  async removeEnded(before: number): Promise<number> {
    return someRows(this.#db, "organisation_cares", ["id"], (ended) => {
      void ended.where("ended_at", "<=", before);
    }).delete();
  }

  /** A SIRET begins with its SIREN: a range, which the index of accesses by establishment serves. */
  #openOf(siren: Siren, now: number) {
    return this.#db("accesses")
      .whereBetween("accesses.siret", [`${siren}00000`, `${siren}99999`])
      .whereNull("accesses.closed_at")
      .whereRaw("(accesses.until_at IS NULL OR accesses.until_at > ?)", [now]);
  }

  #listed(now: number) {
    const open = this.#db("accesses")
      .select(this.#db.raw("1"))
      .whereRaw("accesses.account_id = organisation_cares.account_id")
      .whereRaw("substr(accesses.siret, 1, 9) = organisation_cares.siren")
      .whereNull("accesses.closed_at")
      .whereRaw("(accesses.until_at IS NULL OR accesses.until_at > ?)", [now])
      .limit(1);
    return this.#db("organisation_cares")
      .join("accounts", "accounts.id", "organisation_cares.account_id")
      .select(
        "organisation_cares.*",
        ...["accounts.sub", "accounts.email", "accounts.given_name", "accounts.family_name"],
        "accounts.state",
        open.as("has_access"),
      );
  }
}

interface CareRow {
  id: number;
  account_id: number;
  siren: string;
  given_at: number;
  given_by: string;
  reason: string | null;
  ended_at: number | null;
  ended_by: string | null;
}

interface ListedRow extends CareRow {
  sub: string;
  email: string | null;
  given_name: string;
  family_name: string;
  state: string;
  has_access: number | null;
}

interface ColleagueRow {
  given_name: string;
  family_name: string;
  email: string;
  siret: string;
  name: string | null;
}

function toCare(row: CareRow): Care {
  return {
    id: row.id,
    accountId: row.account_id,
    siren: row.siren as Siren,
    givenAt: row.given_at,
    givenBy: row.given_by,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(row.ended_by !== null && { endedBy: row.ended_by }),
  };
}

function toListed(row: ListedRow): ListedCare {
  return {
    ...toCare(row),
    sub: row.sub,
    email: (row.email ?? "") as EmailAddress,
    name: `${row.given_name} ${row.family_name}`,
    counts: row.state === "active" && row.has_access !== null,
  };
}
