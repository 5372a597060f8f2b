import { type EmailAddress, type Random, hours, minutes } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Account } from "./account.ts";
import type { AllowLetters, Enqueue } from "./letter-ports.ts";
import type { AccountStore } from "./account-store.ts";
import type { AddressChangeStore } from "./address-change-store.ts";
import { letterToOwner } from "./letter-to-owner.ts";

/** What the link is written with. */
export interface AddressLinkParts {
  readonly random: Random;
  readonly accounts: AccountStore;
  readonly addressChanges: AddressChangeStore;
  readonly enqueue: Enqueue;
  readonly allow: AllowLetters;
  readonly issuer: string;
  readonly startAgain: (clientId: string | undefined, loginHint: EmailAddress) => string;
}

/** How long the link opens. */
const linkLifeSeconds = hours(1);

/** The least time between two letters of one account: nobody floods a stranger's mailbox from here. */
export const letterDelaySeconds = minutes(1);

/**
 * Writes the link to the new address, for the first time or again: any older one is void. The same rows whether or not another
 * account has the address: only its own mailbox learns of that.
 */
export async function writeAddressLink(
  parts: AddressLinkParts,
  transaction: Transaction,
  account: Account,
  { email, now }: { readonly email: EmailAddress; readonly now: number },
): Promise<"written" | "letter-limit" | "resend-too-soon"> {
  const { sub: accountSub, credentials, locale } = account;
  const secret = parts.random.secret();
  const change = {
    ...{ accountSub, email, credentials },
    ...{ createdAt: now, expiresAt: now + linkLifeSeconds },
  };
  const changes = parts.addressChanges.within(transaction);
  const lastAskedAt = (await changes.lastAskedAt(accountSub)) ?? 0;
  if (lastAskedAt > now - letterDelaySeconds && lastAskedAt <= now) return "resend-too-soon";
  // One count whichever letter it is: beyond it nothing is written, so the link that was sent stays, and the answer too.
  const recipients = await parts.allow(transaction, "accounts/address-change", email);
  if (!recipients.has(email)) return "letter-limit";
  if (!(await changes.replace(secret, change, now - letterDelaySeconds))) return "resend-too-soon";
  const owner = await parts.accounts.within(transaction).findByEmail(email);
  const model = {
    url: `${parts.issuer}/account/email/${secret}`,
    hours: linkLifeSeconds / hours(1),
  };
  const letter = "accounts/address-change";
  const link = { to: email, accountSub, letter, locale, model, endsAt: change.expiresAt } as const;
  await parts.enqueue(transaction, owner ? letterToOwner(parts, owner.account) : link);
  return "written";
}
