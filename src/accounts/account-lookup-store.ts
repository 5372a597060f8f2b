import type { Database } from "../storage/index.ts";
import type { Account } from "./account.ts";
import { type AccountRow, toAccount } from "./account-store.ts";

/**
 * The hot read of every token request: the account behind a `sub`, by a statement prepared once.
 * @returns the account, or undefined when there is none, or it was deleted.
 */
export function accountLookup(database: Database): (sub: string) => Promise<Account | undefined> {
  const find = database.keyedLookup<AccountRow & { key: string }>(
    "account-by-sub",
    `SELECT sub AS key, id, sub, email, given_name, family_name, locale, state, role, client_id, email_verified_at,
            credentials_changed_at, created_at, updated_at
     FROM accounts WHERE sub IN (:keys) AND state <> 'deleted'`,
  );
  return async (sub) => {
    const [row] = await find(sub);
    return row && toAccount(row);
  };
}
