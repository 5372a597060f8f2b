import type { EmailAddress, Locale } from "../foundation/index.ts";
import { type Queryable, hotStatement } from "../storage/index.ts";
import type { Account, AccountState, StaffRole } from "./account.ts";

/** Accounts as {@link toAccount} reads them. */
export function selectAccounts(db: Queryable) {
  return db("accounts").select<AccountRow[]>("accounts.*", installationVersion(db));
}

const ofInstallation = "(SELECT credentials_version FROM installation) AS installation_version";

/** The column of an {@link AccountRow} that does not stand in its table. */
export function installationVersion(db: Queryable) {
  return db.raw(ofInstallation);
}

/** The account of an address, if it has one. */
export const accountByEmail = hotStatement<AccountRow>(
  "accounts.by-email",
  `SELECT id, sub, email, given_name, family_name, locale, password_hash, last_signed_in_at, state,
      role, staff_term, client_id, email_verified_at, credentials_version, credentials_changed_at,
      created_at, updated_at, ${ofInstallation}
    FROM accounts WHERE email = ?`,
);

/** Of now and an account: when it signed in. Who was warned of an unused account has answered. */
export const noteSignIn = hotStatement(
  "accounts.note-sign-in",
  "UPDATE accounts SET last_signed_in_at = ?, inactivity_warned_at = NULL WHERE id = ?",
);

/** A row of `accounts` that is not deleted, and the version of the installation beside it. */
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
  staff_term: string | null;
  client_id: string | null;
  email_verified_at: number;
  credentials_version: number;
  installation_version: number;
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
    staffTerm: row.staff_term ?? undefined,
    clientId: row.client_id ?? undefined,
    emailVerifiedAt: row.email_verified_at,
    credentials: `${row.installation_version}.${row.credentials_version}`,
    credentialsChangedAt: row.credentials_changed_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
