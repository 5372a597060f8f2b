import { type EmailAddress, pieces } from "../foundation/index.ts";
import type { Queryable } from "../storage/index.ts";
import type { Account, AccountState, NewAccount, StaffRole } from "./account.ts";
import { accountByEmail, noteSignIn, selectAccounts, toAccount } from "./account-rows-store.ts";

/** An account with the digest of its password; the digest goes no further than sign-in. */
export interface AccountWithPassword {
  readonly account: Account;
  readonly passwordHash: string | undefined;
  /** Epoch seconds; true to a day. */
  readonly lastSignedInAt: number | undefined;
}

/** Which account is meant, as long as what it signs in with is what it was when it was read. */
export type AccountAsRead = Pick<Account, "id" | "credentials">;

/** The `accounts` table. */
export class AccountStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): AccountStore {
    return new AccountStore(transaction);
  }

  /** @returns false when the address has an account already: the unique index decides. */
  async insert(account: NewAccount, now: number): Promise<boolean> {
    const inserted = await this.#db("accounts")
      .insert({
        sub: account.sub,
        email: account.email,
        given_name: account.givenName,
        family_name: account.familyName,
        locale: account.locale,
        password_hash: account.passwordHash,
        state: "active",
        role: account.role ?? null,
        client_id: account.clientId ?? null,
        email_verified_at: now,
        credentials_changed_at: 0,
        credentials_version: 0,
        created_at: now,
        updated_at: now,
        last_signed_in_at: now,
      })
      .onConflict("email")
      .ignore()
      .returning("id");
    return inserted.length === 1;
  }

  async findByEmail(email: EmailAddress): Promise<AccountWithPassword | undefined> {
    const [row] = await accountByEmail(this.#db, email);
    return (
      row && {
        account: toAccount(row),
        passwordHash: row.password_hash ?? undefined,
        lastSignedInAt: row.last_signed_in_at ?? undefined,
      }
    );
  }

  /** The accounts of these addresses, as far as there are any, in no order. */
  async findAllByEmail(emails: readonly EmailAddress[]): Promise<Account[]> {
    const found: Account[] = [];
    for (const slice of pieces(emails, 500)) {
      const rows = await this.#rows().whereIn("email", slice);
      found.push(...rows.map(toAccount));
    }
    return found;
  }

  /** The accounts of these subject identifiers that are not deleted, in no order. A page of them. */
  async findAllBySub(subs: readonly string[]): Promise<Account[]> {
    const rows = await this.#rows().whereIn("sub", subs).whereNot("state", "deleted");
    return rows.map(toAccount);
  }

  /**
   * Holds the rows of these accounts until the transaction ends, in one order, so that no two wait for each other in a
   * ring. On SQLite the transaction itself is the line.
   * @returns those that exist, as they are then
   */
  async hold(subs: readonly string[]): Promise<Account[]> {
    const held = this.#rows().whereIn("sub", subs).whereNot("state", "deleted");
    return (await held.orderBy("id").forUpdate("accounts")).map(toAccount);
  }

  async findById(id: number): Promise<Account | undefined> {
    const row = await this.#rows().where({ id }).whereNot("state", "deleted").first();
    return row && toAccount(row);
  }

  /** Accounts ordered by address, after `after`: a page of at most `limit`. */
  async list(after: string, limit: number): Promise<Account[]> {
    const rows = await this.#rows().where("email", ">", after).orderBy("email").limit(limit);
    return rows.map(toAccount);
  }

  async listStaff(): Promise<Account[]> {
    const rows = await this.#rows().whereNotNull("role").orderBy("email");
    return rows.map(toAccount);
  }

  /**
   * Sets a new password on an active account, unless its credentials are others than were read. What was proven before
   * is void.
   */
  async setPassword(account: AccountAsRead, newHash: string, now: number): Promise<boolean> {
    const values = { password_hash: newHash, ...this.#voided(now) };
    return (await this.#asRead(account).update(values)) === 1;
  }

  /** Writes what its person says of themselves on an active account: another name, the language of letters. */
  async describe(
    id: number,
    {
      givenName,
      familyName,
      locale,
    }: Partial<Pick<Account, "givenName" | "familyName" | "locale">>,
    now: number,
  ): Promise<boolean> {
    // What is undefined is left as it is.
    const said = { given_name: givenName, family_name: familyName, locale };
    return this.#update({ id, state: "active" }, { ...said, updated_at: now });
  }

  /** Keeps when a person signed in; who was warned of an unused account has answered. */
  async noteSignIn(id: number, now: number): Promise<void> {
    await noteSignIn(this.#db, now, id);
  }

  /**
   * Writes another address, which was just validated. What was proven before is void.
   * @returns false when the account is no longer what it was
   * @throws what {@link isTaken} knows when another account has the address
   */
  async changeEmail(account: AccountAsRead, newEmail: EmailAddress, now: number): Promise<boolean> {
    const values = { email: newEmail, email_verified_at: now, ...this.#voided(now) };
    return (await this.#asRead(account).update(values)) === 1;
  }

  /** Whether a fault says that an address belongs to another account: the unique index decides. */
  static isTaken(fault: unknown): boolean {
    const { code } = fault as { readonly code?: unknown };
    return code === "23505" || code === "SQLITE_CONSTRAINT";
  }

  /** Replaces a digest made under older parameters, unless the password changed meanwhile. */
  async rehash(id: number, oldHash: string, newHash: string): Promise<boolean> {
    return this.#update({ id, password_hash: oldHash }, { password_hash: newHash });
  }

  /**
   * Voids all that was proven of an account, though nothing else of it changes.
   * @returns the account as it is then; undefined when there is none
   */
  async renewCredentials(sub: string, now: number): Promise<Account | undefined> {
    await this.#db("accounts")
      .where({ sub })
      .whereNot("state", "deleted")
      .update(this.#voided(now));
    const [account] = await this.findAllBySub([sub]);
    return account;
  }

  /** Voids all that was proven of an active account, unless its credentials are others than were read. */
  async voidProofs(account: AccountAsRead, now: number): Promise<boolean> {
    return (await this.#asRead(account).update(this.#voided(now))) === 1;
  }

  /** @returns false when the account is not in the other state. */
  async setState(email: EmailAddress, state: AccountState, now: number): Promise<boolean> {
    const from = state === "active" ? "disabled" : "active";
    const voided = state === "disabled" ? this.#voided(now) : {};
    return this.#update({ email, state: from }, { state, updated_at: now, ...voided });
  }

  /** @returns false when no account has this address, or its role is this one already. */
  async setRole(email: EmailAddress, role: StaffRole | undefined, now: number): Promise<boolean> {
    const changed = await this.#db("accounts")
      .where({ email })
      .whereRaw("coalesce(role, '') <> ?", [role ?? ""])
      .update({
        role: role ?? null,
        // Who is of the staff again turns a second factor on again.
        ...(role === undefined ? { staff_term: null } : {}),
        updated_at: now,
      });
    return changed === 1;
  }

  /** Names the time for which a member of staff is one. */
  async beginStaffTerm(sub: string, term: string): Promise<void> {
    await this.#update({ sub }, { staff_term: term });
  }

  /** Erases who it was. The row stays, so that its `sub` is never given again and accesses keep their history. */
  async erase(email: EmailAddress, now: number): Promise<boolean> {
    return this.#update(
      { email },
      {
        email: null,
        given_name: "",
        family_name: "",
        password_hash: null,
        ...{ role: null, staff_term: null, client_id: null },
        ...{ last_signed_in_at: null, inactivity_warned_at: null },
        state: "deleted",
        ...this.#voided(now),
      },
    );
  }

  /** What was proven before is void; `AccountEndings` ends the sessions and tokens that came of it. */
  #voided(now: number) {
    return {
      credentials_version: this.#db.raw("credentials_version + 1"),
      credentials_changed_at: now,
      updated_at: now,
      endings_due: this.#db.raw("endings_due + 1"),
    };
  }

  /** The row of an account that is active, with the credentials that it was read with: its password and address too. */
  #asRead({ id, credentials }: AccountAsRead) {
    return this.#db("accounts")
      .where({ id, state: "active" })
      .whereRaw(
        "(SELECT credentials_version FROM installation) || '.' || credentials_version = ?",
        [credentials],
      );
  }

  #rows() {
    return selectAccounts(this.#db);
  }

  async #update(where: object, values: object): Promise<boolean> {
    return (await this.#db("accounts").where(where).update(values)) === 1;
  }
}
