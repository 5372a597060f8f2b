import {
  type Clock,
  type EmailAddress,
  type Random,
  attemptEach,
  hours,
  minutes,
} from "../foundation/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { Account } from "./account.ts";
import type { AccountStore } from "./account-store.ts";
import { pageAddress } from "./journey.ts";
import type { AllowLetters, Enqueue } from "./letter-ports.ts";
import type { LetterRequest, LetterRequestStore } from "./letter-request-store.ts";
import type { OneTimeTokenStore } from "./one-time-token-store.ts";
import { resendDelaySeconds } from "./sign-up.ts";
import type { PendingSignUp, SignUpStore } from "./sign-up-store.ts";

/** How long a validation link opens: a day, so that a mail read the next morning works. */
export const validationLifeSeconds = hours(24);

/** How long a recovery link opens (OWASP Forgot Password: as short as people allow). */
export const recoveryLifeSeconds = minutes(30);

/** The least time between two recovery letters of one account. */
const recoveryDelaySeconds = minutes(1);

/** What the letters are written with. */
export interface AccountLetterParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: AccountStore;
  readonly signUps: SignUpStore;
  readonly tokens: OneTimeTokenStore;
  readonly letterRequests: LetterRequestStore;
  readonly enqueue: Enqueue;
  readonly allow: AllowLetters;
  readonly issuer: string;
  readonly contactUrl: string;
  /** Where « Se connecter » leads for the client that started it all. */
  readonly startAgain: (clientId: string | undefined, loginHint: EmailAddress) => string;
}

/**
 * Turns letter requests into letters, outside any request: only here does it matter whether an
 * address has an account, so no answer can tell by its time. A job; safe on several nodes, because
 * one transaction takes the request, makes the link and writes the letter. An address that had its share of a kind gets
 * no more of it, and keeps the links it has.
 * @param stopping breaks off before the next one
 * @returns how many requests were handled
 * @throws what one failed with, once all were attempted
 */
export async function writeRequestedLetters(
  parts: AccountLetterParts,
  stopping?: AbortSignal,
): Promise<number> {
  const requests = await parts.letterRequests.list(100);
  // One that cannot be written holds up nobody else's.
  await attemptEach(
    requests,
    (request) =>
      parts.database.transaction(async (transaction) => {
        const account = await holdByEmail(parts, transaction, request);
        if (!(await parts.letterRequests.within(transaction).take(request.id))) return;
        const write = request.purpose === "recovery" ? writeRecovery : writeValidation;
        await write(parts, transaction, request, account);
      }),
    stopping,
  );
  return requests.length;
}

async function writeValidation(
  parts: AccountLetterParts,
  transaction: Transaction,
  request: LetterRequest,
  account: Account | undefined,
): Promise<void> {
  if (account?.state === "disabled") return writeDisabled(parts, transaction, account);
  if (account) {
    if (!(await mayWrite(parts, transaction, "accounts/existing-account", request))) return;
    await parts.enqueue(transaction, {
      to: request.email,
      accountSub: account.sub,
      letter: "accounts/existing-account",
      locale: account.locale,
      model: {
        signInUrl: parts.startAgain(request.clientId, request.email),
        recoveryUrl: parts.issuer + pageAddress({ base: "", ...request }, "/recovery"),
      },
    });
    return;
  }
  const { signUps, clock } = parts;
  const { pendingSignUpId = "" } = request;
  const signUp = await signUps.within(transaction).find(pendingSignUpId, clock.epochSeconds());
  if (signUp) await writeLink(parts, transaction, signUp, "sign-up");
}

/** @param askedBy a recovery says so, for who signed up long ago and forgot */
async function writeLink(
  parts: AccountLetterParts,
  transaction: Transaction,
  signUp: PendingSignUp,
  askedBy: "sign-up" | "recovery",
): Promise<void> {
  const now = parts.clock.epochSeconds();
  // A link lives no longer than what it opens, and the letter says so, in whole hours.
  const wholeHours = Math.floor((signUp.expiresAt - now) / hours(1));
  const validHours = Math.min(validationLifeSeconds / hours(1), wholeHours);
  if (validHours < 1) return;
  if (!(await mayWrite(parts, transaction, "accounts/validation", signUp))) return;
  const secret = parts.random.secret();
  await parts.tokens.within(transaction).insert(secret, {
    purpose: "validation",
    email: signUp.email,
    pendingSignUpId: signUp.id,
    accountId: undefined,
    clientId: signUp.clientId,
    createdAt: now,
    expiresAt: now + hours(validHours),
  });
  await parts.enqueue(transaction, {
    to: signUp.email,
    letter: "accounts/validation",
    locale: signUp.locale,
    model: { url: `${parts.issuer}/validate/${secret}`, hours: validHours, askedBy },
    endsAt: now + hours(validHours),
  });
}

/** Says whom to ask: no password can be chosen, and nobody can sign in. */
async function writeDisabled(
  parts: AccountLetterParts,
  transaction: Transaction,
  account: Account,
): Promise<void> {
  if (!(await mayWrite(parts, transaction, "accounts/account-disabled", account))) return;
  await parts.enqueue(transaction, {
    to: account.email,
    accountSub: account.sub,
    letter: "accounts/account-disabled",
    locale: account.locale,
    model: { contactUrl: parts.contactUrl },
  });
}

/** The link of the newest sign-up that waits, unless it was asked for a moment ago. */
async function writeWaiting(
  parts: AccountLetterParts,
  transaction: Transaction,
  { email }: LetterRequest,
): Promise<void> {
  const now = parts.clock.epochSeconds();
  const signUps = parts.signUps.within(transaction);
  const [newest] = await signUps.listByEmail(email, now, 1);
  if (newest && (await signUps.askLetter(newest.id, now, now - resendDelaySeconds)))
    await writeLink(parts, transaction, newest, "recovery");
}

async function writeRecovery(
  parts: AccountLetterParts,
  transaction: Transaction,
  request: LetterRequest,
  account: Account | undefined,
): Promise<void> {
  if (!account) return writeWaiting(parts, transaction, request);
  if (account.state === "disabled") return writeDisabled(parts, transaction, account);
  const now = parts.clock.epochSeconds();
  const tokens = parts.tokens.within(transaction);
  if (await tokens.hasOpenedSince("recovery", account, now - recoveryDelaySeconds, now)) return;
  if (!(await mayWrite(parts, transaction, "accounts/recovery", account))) return;
  await writeRecoveryLink(parts, transaction, account, request.clientId);
}

/** Writes the link of a recovery, whoever asked for it: any older one is void. */
export async function writeRecoveryLink(
  parts: Pick<AccountLetterParts, "clock" | "random" | "tokens" | "enqueue" | "issuer">,
  transaction: Transaction,
  account: Account,
  clientId = account.clientId,
): Promise<void> {
  const now = parts.clock.epochSeconds();
  const secret = parts.random.secret();
  await parts.tokens.within(transaction).insert(secret, {
    purpose: "recovery",
    email: account.email,
    pendingSignUpId: undefined,
    accountId: account.id,
    clientId,
    credentials: account.credentials,
    createdAt: now,
    expiresAt: now + recoveryLifeSeconds,
  });
  await parts.enqueue(transaction, {
    to: account.email,
    accountSub: account.sub,
    letter: "accounts/recovery",
    locale: account.locale,
    model: { url: `${parts.issuer}/recovery/${secret}`, minutes: recoveryLifeSeconds / minutes(1) },
    endsAt: now + recoveryLifeSeconds,
  });
}

/**
 * Who has the address, held until the letter is written: one who is deleted meanwhile gets none, and leaves no link behind; and whoever
 * voids the links of an account has it held, too.
 */
async function holdByEmail(
  { accounts }: Pick<AccountLetterParts, "accounts">,
  transaction: Transaction,
  { email }: LetterRequest,
): Promise<Account | undefined> {
  const bound = accounts.within(transaction);
  const found = await bound.findByEmail(email);
  if (!found) return undefined;
  const [held] = await bound.hold([found.account.sub]);
  return held?.email === email ? held : undefined;
}

async function mayWrite(
  parts: Pick<AccountLetterParts, "allow">,
  transaction: Transaction,
  letter: Parameters<AllowLetters>[1],
  { email }: { readonly email: EmailAddress },
): Promise<boolean> {
  return (await parts.allow(transaction, letter, email)).has(email);
}
