import type { Transaction } from "../storage/index.ts";
import type { Account } from "./account.ts";
import type { AccountChangedWithin } from "./account-change.ts";
import type { Enqueue } from "./letter-ports.ts";
import type { AddressChangeStore } from "./address-change-store.ts";
import type { KnownBrowserStore } from "./known-browser-store.ts";
import type { OneTimeTokenStore } from "./one-time-token-store.ts";
import type { SignUpStore } from "./sign-up-store.ts";

/** What a new password touches beside the account itself. */
export interface NewPasswordParts {
  readonly signUps: SignUpStore;
  readonly tokens: OneTimeTokenStore;
  readonly knownBrowsers: KnownBrowserStore;
  readonly addressChanges: AddressChangeStore;
  readonly enqueue: Enqueue;
  readonly contactUrl: string;
  /** Told in the transaction of the change. */
  readonly changedWithin?: AccountChangedWithin | undefined;
}

/**
 * In the transaction that writes a new password: what the older one made or left open dies, and the
 * person is told.
 */
export async function announceNewPassword(
  parts: NewPasswordParts,
  transaction: Transaction,
  account: Account,
  now: number,
): Promise<void> {
  await parts.tokens.within(transaction).supersedeOfAccount(account.id, now);
  await parts.addressChanges.within(transaction).removeOf(account.sub);
  await parts.signUps.within(transaction).removeByEmail(account.email);
  await parts.knownBrowsers.within(transaction).forgetAll(account.sub);
  await parts.changedWithin?.(transaction, { kind: "password-changed", account });
  await parts.enqueue(transaction, {
    to: account.email,
    accountSub: account.sub,
    letter: "accounts/password-changed",
    locale: account.locale,
    model: { contactUrl: parts.contactUrl },
  });
}
