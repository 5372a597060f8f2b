import type { EmailAddress } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Account } from "./account.ts";
import type { Actor } from "./authority.ts";

/** What rooms above may have to tell others of an account, as it was before the act. */
export type AccountChange =
  | { readonly kind: "disabled" | "enabled"; readonly account: Account; readonly by: Actor }
  | { readonly kind: "deleted" | "password-changed"; readonly account: Account }
  | { readonly kind: "email-changed"; readonly account: Account; readonly email: EmailAddress };

/** Told in the transaction of the change: what is written then stands or falls with it. */
export type AccountChangedWithin = (
  transaction: Transaction,
  change: AccountChange,
) => Promise<void>;
