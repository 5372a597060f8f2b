import type { EmailAddress, Locale } from "../foundation/index.ts";
import type { Queryable } from "../storage/index.ts";
import type { Account, AccountState, Identity, StaffRole } from "./account.ts";

/** An account with the digest of its password; the digest goes no further than sign-in. */
export interface AccountWithPassword {
  readonly account: Account;
  readonly passwordHash: string | undefined;
  /** Epoch seconds; true to a day. */
  readonly lastSignedInAt: number | undefined;
}

/** What an account is made of. */
export interface NewAccount extends Identity {
  readonly sub: string;
  readonly locale: Locale;
  readonly passwordHash: string;
  readonly clientId: string | undefined;
  readonly role?: StaffRole | undefined;
}

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
    const row = await this.#db<AccountRow>("accounts").where({ email }).first();
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
    for (let from = 0; from < emails.length; from += 500) {
      const slice = emails.slice(from, from + 500);
      const rows = await this.#db<AccountRow>("accounts").whereIn("email", slice);
      found.push(...rows.map(toAccount));
    }
    return found;
  }

  /** The accounts of these subject identifiers that are not deleted, in no order. A page of them. */
  async findAllBySub(subs: readonly string[]): Promise<Account[]> {
    const rows = await this.#db<AccountRow>("accounts")
      .whereIn("sub", subs)
      .whereNot("state", "deleted");
    return rows.map(toAccount);
  }

  async findById(id: number): Promise<Account | undefined> {
    const row = await this.#db<AccountRow>("accounts")
      .where({ id })
      .whereNot("state", "deleted")
      .first();
    return row && toAccount(row);
  }

  /** Accounts ordered by address, after `after`: a page of at most `limit`. */
  async list(after: string, limit: number): Promise<Account[]> {
    const rows = await this.#db<AccountRow>("accounts")
      .where("email", ">", after)
      .orderBy("email")
      .limit(limit);
    return rows.map(toAccount);
  }

  async listStaff(): Promise<Account[]> {
    const rows = await this.#db<AccountRow>("accounts").whereNotNull("role").orderBy("email");
    return rows.map(toAccount);
  }

  /** Sets a new password on an active account. Older sessions and tokens are void from `now` on. */
  async setPassword(id: number, newHash: string, now: number): Promise<boolean> {
    return this.#update({ id, state: "active" }, { password_hash: newHash, ...this.#voided(now) });
  }

  /** As {@link setPassword}, unless the password changed since `oldHash` was read. */
  async replacePassword(
    id: number,
    oldHash: string,
    newHash: string,
    now: number,
  ): Promise<boolean> {
    const values = { password_hash: newHash, ...this.#voided(now) };
    return this.#update({ id, state: "active", password_hash: oldHash }, values);
  }

  /** Writes another name on an active account. */
  async rename(
    id: number,
    { givenName, familyName }: Pick<Identity, "givenName" | "familyName">,
    now: number,
  ): Promise<boolean> {
    return this.#update(
      { id, state: "active" },
      { given_name: givenName, family_name: familyName, updated_at: now },
    );
  }

  /** Keeps when a person signed in; who was warned of an unused account has answered. */
  async noteSignIn(id: number, now: number): Promise<void> {
    await this.#update({ id }, { last_signed_in_at: now, inactivity_warned_at: null });
  }

  /**
   * Writes another address, which was just validated. Older sessions and tokens are void from `now` on.
   * @returns false when the account is no longer what it was
   * @throws what {@link isTaken} knows when another account has the address
   */
  async changeEmail(
    { id, email }: Pick<Account, "id" | "email">,
    newEmail: EmailAddress,
    now: number,
  ): Promise<boolean> {
    const values = { email: newEmail, email_verified_at: now, ...this.#voided(now) };
    return this.#update({ id, state: "active", email }, values);
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
      .update({ role: role ?? null, updated_at: now });
    return changed === 1;
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
        role: null,
        state: "deleted",
        ...this.#voided(now),
      },
    );
  }

  /** Sessions and tokens of before are void; `AccountEndings` ends them. */
  #voided(now: number) {
    const due = this.#db.raw("endings_due + 1");
    return { credentials_changed_at: now, updated_at: now, endings_due: due };
  }

  async #update(where: object, values: object): Promise<boolean> {
    return (await this.#db("accounts").where(where).update(values)) === 1;
  }
}

/** A row of `accounts` that is not deleted. */
export interface AccountRow {
  id: number;
  sub: string;
  email: string;
  given_name: string;
  family_name: string;
  locale: Locale;
  password_hash: string | null;
  last_signed_in_at: number | null;
  state: AccountState;
  role: StaffRole | null;
  client_id: string | null;
  email_verified_at: number;
  credentials_changed_at: number;
  created_at: number;
  updated_at: number;
}

/** What a row says. */
export function toAccount(row: Omit<AccountRow, "password_hash" | "last_signed_in_at">): Account {
  return {
    id: row.id,
    sub: row.sub,
    email: row.email as EmailAddress,
    givenName: row.given_name,
    familyName: row.family_name,
    locale: row.locale,
    state: row.state,
    role: row.role ?? undefined,
    clientId: row.client_id ?? undefined,
    emailVerifiedAt: row.email_verified_at,
    credentialsChangedAt: row.credentials_changed_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
