import {
  type Clock,
  type EmailAddress,
  type Outcome,
  type Random,
  accepted,
  refused,
} from "../foundation/index.ts";
import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import type { EventContext } from "../operations/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Spending } from "../web/index.ts";
import type { Account } from "./account.ts";
import type { AccountChangedWithin } from "./account-change.ts";
import type { AllowLetters, Enqueue } from "./letter-ports.ts";
import { AccountStore } from "./account-store.ts";
import { mayStillCorrect } from "./address-correction.ts";
import { letterDelaySeconds, writeAddressLink } from "./address-link.ts";
import type { AddressChange, AddressChangeStore } from "./address-change-store.ts";
import { stillCounts } from "./credentials.ts";
import type { LinkReason } from "./link.ts";
import type { OneTimeTokenStore } from "./one-time-token-store.ts";
import { type OwnPasswordParts, type OwnPasswordReason, checkOwnPassword } from "./own-password.ts";
import type { EmailReason } from "./sign-up-form.ts";
import type { SignUpStore } from "./sign-up-store.ts";
import type { WhenValidated } from "./validation.ts";
import { type NewAddressForm, newAddress } from "./new-address.ts";

/** The form of a new address. */
export interface AddressForm extends NewAddressForm {
  readonly current_password: string;
}

/** Why a change of address is not begun. That another account has the address is not among them. */
export type AddressReason = EmailReason | OwnPasswordReason | "email-unchanged" | "resend-too-soon";

/** Changing one's address: the new one is validated by a mailed link, and the old one is told. */
export interface AddressChanges {
  /** Sends the link to the new address. @returns that address */
  readonly request: (
    account: Account,
    form: AddressForm,
    browserSecret: string | undefined,
    spending?: Spending,
    context?: EventContext,
  ) => Promise<Outcome<EmailAddress, AddressReason>>;
  /** Looks at a link and changes nothing. */
  readonly inspect: (secret: string) => Promise<Outcome<AddressChange, LinkReason>>;
  /**
   * Writes the new address, once. The link opens in any browser, so the password says that it is not a
   * stranger's, to whom a mistyped address sent it; of what staff asked for it is not asked. Every older session, token and link dies.
   */
  readonly confirm: (
    secret: string,
    password: string,
    browserSecret: string | undefined,
    spending?: Spending,
    context?: EventContext,
  ) => Promise<Outcome<Account, LinkReason | OwnPasswordReason>>;
  /** The link in whatever state. */
  readonly find: (secret: string) => Promise<AddressChange | undefined>;
}

/** What it is built of. */
export interface AddressChangeParts extends OwnPasswordParts, RecordedTransactionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly addressChanges: AddressChangeStore;
  readonly tokens: OneTimeTokenStore;
  readonly signUps: SignUpStore;
  readonly enqueue: Enqueue;
  readonly allow: AllowLetters;
  readonly issuer: string;
  readonly contactUrl: string;
  readonly startAgain: (clientId: string | undefined, loginHint: EmailAddress) => string;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
  /** Told once the new address is written: the room above ends the sessions of the account. */
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
  readonly whenValidated: WhenValidated;
  readonly changedWithin?: AccountChangedWithin | undefined;
}

/** Builds it on its tables. */
export function createAddressChanges(parts: AddressChangeParts): AddressChanges {
  const { clock, addressChanges } = parts;
  return {
    inspect: async (secret) => {
      const opened = await open(parts, secret);
      return opened.accepted ? accepted(opened.value.change) : opened;
    },
    find: (secret) => addressChanges.find(secret),
    request: async (account, form, browserSecret, spending, context) => {
      const email = newAddress(form, account.email);
      if (!email.accepted) return email;
      const typed = { field: "current_password", password: form.current_password };
      const checked = await checkOwnPassword(parts, account, typed, browserSecret, spending);
      if (!checked.accepted) return checked;
      const now = clock.epochSeconds();
      const asked = { email: email.value, now, context };
      const written = await writeRequest(parts, checked.value, asked);
      if (written === "written") return email;
      return refused(written === "void" ? overtaken : await tooSoon(addressChanges, account, now));
    },
    confirm: async (secret, password, browserSecret, spending, context) => {
      const opened = await open(parts, secret);
      if (!opened.accepted) return opened;
      const { account, change } = opened.value;
      // Staff vouch for what they asked for; what its person asked for may have been sent to a stranger.
      if (change.askedBy === undefined) {
        const typed = { field: "password", password };
        const checked = await checkOwnPassword(parts, account, typed, browserSecret, spending);
        if (!checked.accepted) return checked;
      } else await spending?.spend(`account:${account.sub}`);
      const written = await writeChange(parts, secret, account, change, context);
      if (!written.accepted) return written;
      await parts.onCredentialsChanged(account.sub);
      await written.value();
      return accepted(account);
    },
  };
}

const overtaken = { field: "current_password", reason: "current-password-wrong" } as const;

async function tooSoon(addressChanges: AddressChangeStore, { sub }: Account, now: number) {
  const since = now - ((await addressChanges.lastAskedAt(sub)) ?? now);
  const seconds = Math.min(letterDelaySeconds, Math.max(1, letterDelaySeconds - since));
  return { reason: "resend-too-soon", details: { seconds } } as const;
}

/** A link that opens, and whose it is. */
interface OpenChange {
  readonly change: AddressChange;
  readonly account: Account;
}

async function open(
  { addressChanges, clock, findAccount }: AddressChangeParts,
  secret: string,
): Promise<Outcome<OpenChange, LinkReason>> {
  const change = await addressChanges.find(secret);
  const problem = changeProblem(change, clock.epochSeconds());
  if (problem || !change) return refused({ reason: problem ?? "link-unknown" });
  const account = await findAccount(change.accountSub);
  const asked = { credentials: change.credentials, at: change.createdAt };
  if (account?.state !== "active" || !stillCounts(asked, account, clock))
    return refused({ reason: "link-unknown" });
  return accepted({ change, account });
}

/** What is wrong with a link by itself. */
function changeProblem(change: AddressChange | undefined, now: number): LinkReason | undefined {
  if (!change) return "link-unknown";
  if (change.consumedAt !== undefined) return "link-used";
  return change.expiresAt <= now ? "link-expired" : undefined;
}

/**
 * Of the account as it was read with the password that was checked: what voided it since outruns this form.
 * @returns why nothing is written: the last letter is too young, or the credentials are others by now
 */
async function writeRequest(
  parts: AddressChangeParts,
  account: Account,
  {
    email,
    now,
    context,
  }: {
    readonly email: EmailAddress;
    readonly now: number;
    readonly context: EventContext | undefined;
  },
): Promise<"written" | "resend-too-soon" | "void"> {
  return recordedTransaction(parts, async (transaction, tell) => {
    // Who is deleted meanwhile leaves no address behind; nor does a session whose password was recovered.
    const [held] = await parts.accounts.within(transaction).hold([account.sub]);
    if (held?.credentials !== account.credentials) return "void";
    const written = await writeAddressLink(parts, transaction, account, { email, now });
    if (written === "resend-too-soon") return written;
    const subject = { sub: account.sub };
    tell({ name: "address-change-requested", outcome: "accepted", subject, ...context });
    return "written";
  });
}

/** @returns what is to be called once it is written, or why nothing was: the link was used meanwhile, its address taken */
async function writeChange(
  parts: AddressChangeParts,
  secret: string,
  account: Account,
  change: Pick<AddressChange, "email" | "askedBy">,
  context: EventContext | undefined,
): Promise<Outcome<() => Promise<void>, LinkReason>> {
  const { email } = change;
  const now = parts.clock.epochSeconds();
  try {
    return await recordedTransaction(parts, async (transaction, tell) => {
      if (!(await mayStillCorrect(parts, transaction, account, change.askedBy)))
        return refused({ reason: "link-unknown" });
      const changes = parts.addressChanges.within(transaction);
      const problem = changeProblem(await changes.find(secret), now);
      if (problem) return refused({ reason: problem });
      const accounts = parts.accounts.within(transaction);
      // A link that changes nothing is not used up: its page would say that it did.
      if (!(await accounts.changeEmail(account, email, now)))
        return refused({ reason: "link-unknown" });
      if (!(await changes.consume(secret, now)))
        throw new Error("a link whose account is held was used");
      await voidOlder(parts, transaction, account, email, now);
      await parts.changedWithin?.(transaction, { kind: "email-changed", account, email });
      // With the address that it gives up: what names that one from now on is about somebody else.
      const subject = { sub: account.sub, email: account.email };
      tell({ name: "address-changed", outcome: "accepted", subject, ...context });
      return accepted(await parts.whenValidated(transaction, { ...account, email }));
    });
  } catch (fault) {
    // Somebody signed up with the address since: it is theirs, and the link is still unused.
    if (AccountStore.isTaken(fault)) return refused({ reason: "link-unknown" });
    throw fault;
  }
}

/** What the older address let in dies, and its mailbox is told. */
async function voidOlder(
  parts: AddressChangeParts,
  transaction: Transaction,
  account: Account,
  email: EmailAddress,
  now: number,
): Promise<void> {
  await parts.tokens.within(transaction).supersedeOfAccount(account.id, now);
  await parts.signUps.within(transaction).removeByEmail(email);
  await parts.knownBrowsers.within(transaction).forgetAll(account.sub);
  await parts.enqueue(transaction, {
    to: account.email,
    accountSub: account.sub,
    letter: "accounts/address-changed",
    locale: account.locale,
    model: { contactUrl: parts.contactUrl },
  });
}
