import {
  type Clock,
  type EmailAddress,
  type Outcome,
  type Random,
  hours,
  minutes,
  refused,
} from "../foundation/index.ts";
import type { RecordedTransactionParts } from "../house/index.ts";
import type { EventContext } from "../operations/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { MalformedEmailReason } from "./typed-email.ts";
import type { Account } from "./account.ts";
import type { Enqueue } from "./letter-ports.ts";
import type { AccountStore } from "./account-store.ts";
import type { AddressChangeStore } from "./address-change-store.ts";
import { onHeld } from "./administration.ts";
import { type Actor, type AuthorityReason, authorityProblem, isPerson } from "./authority.ts";
import { type NewAddressForm, newAddress } from "./new-address.ts";

/** Why an address is not corrected. */
export type CorrectionReason =
  | "email-missing"
  | MalformedEmailReason
  | "email-unchanged"
  | "email-mismatch"
  | "email-taken"
  | "account-not-active"
  | "resend-too-soon"
  | AuthorityReason;

/**
 * Corrects the address of a person who cannot: their mailbox is gone, or the address was never right. Both addresses are
 * told; nothing changes before the link that the new one gets is pressed, without the password, for who lost the mailbox
 * has often lost that too. Then credentials are renewed as by any change of address.
 * @returns the address that the link was sent to
 */
export type CorrectAddress = (
  account: Pick<Account, "sub" | "email">,
  form: NewAddressForm,
  by: Actor,
  context?: EventContext,
) => Promise<Outcome<EmailAddress, CorrectionReason>>;

/** What it is built of. */
export interface CorrectionParts extends RecordedTransactionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: AccountStore;
  readonly addressChanges: AddressChangeStore;
  readonly enqueue: Enqueue;
  readonly issuer: string;
  readonly contactUrl: string;
}

/** How long the link opens: read the next morning, it still does. */
const linkLifeSeconds = hours(24);

/** The least time between two letters of one account. */
const letterDelaySeconds = minutes(1);

/** Builds it on its tables. */
export function createAddressCorrection(parts: CorrectionParts): CorrectAddress {
  return async ({ sub, email: current }, form, by, context) => {
    const email = newAddress(form, current);
    if (!email.accepted) return email;
    const authority = { by, least: "agent" } as const;
    let problem: CorrectionReason | undefined;
    const outcome = await onHeld(parts, sub, authority, async (held) => {
      const { bound, account, transaction } = held;
      if (account.state !== "active") problem = "account-not-active";
      else if (await bound.findByEmail(email.value)) problem = "email-taken";
      else if (!(await write(parts, transaction, account, email.value, by)))
        problem = "resend-too-soon";
      if (problem !== undefined) return false;
      const event = { name: "address-change-requested", outcome: "accepted" } as const;
      held.tell({ ...event, subject: { sub }, actor: by, ...context });
      return true;
    });
    if (outcome.accepted) return email;
    const [{ reason }] = outcome.problems;
    if (reason !== "account-unchanged") return refused({ reason });
    return refused(refusalOf(problem ?? "account-not-active"));
  };
}

function refusalOf(reason: CorrectionReason) {
  if (reason === "resend-too-soon") return { reason, details: { seconds: letterDelaySeconds } };
  return reason === "email-taken" ? { field: "email", reason } : { reason };
}

/** @returns false, and nothing is written, when the last letter is too young */
async function write(
  parts: CorrectionParts,
  transaction: Transaction,
  account: Account,
  email: EmailAddress,
  by: Actor,
): Promise<boolean> {
  const { sub: accountSub, locale } = account;
  const now = parts.clock.epochSeconds();
  const link = await writeCorrectionLink(parts, transaction, account, { email, now, askedBy: by });
  if (link !== "written") return false;
  await parts.enqueue(transaction, {
    ...{ to: account.email, accountSub, locale, letter: "accounts/address-correction-asked" },
    model: { contactUrl: parts.contactUrl },
  });
  return true;
}

/** Writes the link to the new address, for the first time or again: any older one is void. */
export async function writeCorrectionLink(
  parts: CorrectionParts,
  transaction: Transaction,
  { sub: accountSub, locale, credentials }: Account,
  {
    email,
    now,
    askedBy,
  }: { readonly email: EmailAddress; readonly now: number; readonly askedBy: Actor },
): Promise<"written" | "resend-too-soon"> {
  const secret = parts.random.secret();
  const change = {
    ...{ accountSub, email, credentials, askedBy },
    ...{ createdAt: now, expiresAt: now + linkLifeSeconds },
  };
  const changes = parts.addressChanges.within(transaction);
  if (!(await changes.replace(secret, change, now - letterDelaySeconds))) return "resend-too-soon";
  await parts.enqueue(transaction, {
    ...{ to: email, accountSub, locale, letter: "accounts/address-correction" },
    model: { url: `${parts.issuer}/account/email/${secret}`, hours: linkLifeSeconds / hours(1) },
    endsAt: change.expiresAt,
  });
  return "written";
}

/** Whether who corrected an address may do so now: they may have left, or its person may have become a colleague. */
export async function mayStillCorrect(
  { accounts }: Pick<CorrectionParts, "accounts">,
  transaction: Transaction,
  { sub }: Account,
  askedBy: Actor | undefined,
): Promise<boolean> {
  const people = askedBy !== undefined && isPerson(askedBy) ? [sub, askedBy] : [sub];
  const held = await accounts.within(transaction).hold(people);
  if (askedBy === undefined) return true;
  const subject = held.find((each) => each.sub === sub);
  const bearer = held.find((each) => each.sub === askedBy);
  const act = { actor: askedBy, bearer, subject, least: "agent" as const };
  return subject !== undefined && authorityProblem(act) === undefined;
}
