import {
  type Clock,
  type EmailAddress,
  type Locale,
  type Outcome,
  type Random,
  accepted,
  refused,
} from "../foundation/index.ts";
import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import type { EventContext } from "../operations/index.ts";
import type { Spending } from "../web/index.ts";
import type { Account } from "./account.ts";
import type { AccountStore } from "./account-store.ts";
import { stillCounts } from "./credentials.ts";
import type { LetterRequestStore } from "./letter-request-store.ts";
import { type LinkReason, linkProblem } from "./link.ts";
import { type NewPasswordParts, announceNewPassword } from "./new-password.ts";
import type { OneTimeToken } from "./one-time-token-store.ts";
import type { Passwords } from "./password.ts";
import type { PasswordPolicy } from "./password-policy.ts";
import type { SignInGuard } from "./sign-in-guard.ts";
import { type PasswordPairReason, newPasswordProblems } from "./sign-up-form.ts";
import { type TypedEmailReason, readEmail } from "./typed-email.ts";

/** Why a new password is refused. */
export type NewPasswordReason = LinkReason | PasswordPairReason;

/** A new password typed twice. */
export interface NewPasswordForm {
  readonly password: string;
  readonly password_confirmation: string;
}

/** Recovering a lost password by a mailed link. It stays open when sign-in is delayed. */
export interface Recovery {
  /** Keeps the request, the same for known and unknown addresses; the letter is decided outside it. */
  readonly request: (
    typedEmail: string,
    origin: { readonly locale: Locale; readonly clientId: string | undefined },
    spending?: Spending,
  ) => Promise<Outcome<EmailAddress, TypedEmailReason>>;
  /** Looks at a link and changes nothing. */
  readonly inspect: (
    secret: string,
  ) => Promise<Outcome<{ readonly email: EmailAddress }, LinkReason>>;
  /**
   * Sets the password, once, and announces it: every older session, token, pending change and link
   * of the person dies.
   */
  readonly setPassword: (
    secret: string,
    form: NewPasswordForm,
    spending?: Spending,
    context?: EventContext,
  ) => Promise<Outcome<Account, NewPasswordReason>>;
  /** The link in whatever state: whom « Se connecter » leads back where. */
  readonly find: (secret: string) => Promise<OneTimeToken | undefined>;
}

/** What recovery is built of. */
export interface RecoveryParts extends NewPasswordParts, RecordedTransactionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: AccountStore;
  readonly letterRequests: LetterRequestStore;
  readonly passwords: Passwords;
  readonly policy: PasswordPolicy;
  readonly guard: SignInGuard;
  /** Told once the new password is written: the room above ends the sessions of the account. */
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
}

/** Builds recovery on its tables. */
export function createRecovery(parts: RecoveryParts): Recovery {
  const { tokens } = parts;
  return {
    request: async (typedEmail, origin, spending) => {
      const read = readEmail(typedEmail);
      if (!read.accepted) return read;
      const email = read.value;
      await spending?.spend();
      await keepRequest(parts, email, origin);
      return accepted(email);
    },
    inspect: async (secret) => {
      const account = await open(parts, secret);
      return account.accepted ? accepted({ email: account.value.email }) : account;
    },
    setPassword: async (secret, form, spending, context) => {
      const account = await open(parts, secret);
      if (!account.accepted) return account;
      const [first, ...others] = await newPasswordProblems(
        parts.policy,
        form,
        account.value,
        spending,
      );
      if (first) return refused(first, ...others);
      const passwordHash = await parts.passwords.hash(form.password);
      const written = await writePassword(parts, secret, account.value, { passwordHash, context });
      if (!written.accepted) return written;
      await parts.guard.forgive(account.value.email);
      await parts.onCredentialsChanged(account.value.sub);
      return account;
    },
    find: (secret) => tokens.find("recovery", secret),
  };
}

async function keepRequest(
  { letterRequests, random, clock }: RecoveryParts,
  email: EmailAddress,
  { locale, clientId }: { readonly locale: Locale; readonly clientId: string | undefined },
): Promise<void> {
  await letterRequests.insert({
    ...{ locale, clientId, email },
    id: random.identifier(),
    purpose: "recovery",
    pendingSignUpId: undefined,
    createdAt: clock.epochSeconds(),
  });
}

async function open(
  { tokens, accounts, clock }: RecoveryParts,
  secret: string,
): Promise<Outcome<Account, LinkReason>> {
  const token = await tokens.find("recovery", secret);
  const problem = linkProblem(token, clock.epochSeconds());
  if (problem) return refused({ reason: problem });
  const account = await accounts.findById(token?.accountId ?? 0);
  if (!token || account?.state !== "active" || account.email !== token.email)
    return refused({ reason: "link-unknown" });
  const mailed = { credentials: token.credentials, at: token.createdAt };
  return stillCounts(mailed, account, clock)
    ? accepted(account)
    : refused({ reason: "link-replaced" });
}

/** A link that sets no password is not used up: its page would say that it did. */
async function writePassword(
  parts: RecoveryParts,
  secret: string,
  account: Account,
  {
    passwordHash,
    context,
  }: { readonly passwordHash: string; readonly context: EventContext | undefined },
): Promise<Outcome<undefined, LinkReason>> {
  const now = parts.clock.epochSeconds();
  const { sub } = account;
  return recordedTransaction(parts, async (transaction, tell) => {
    const accounts = parts.accounts.within(transaction);
    const tokens = parts.tokens.within(transaction);
    // The account first, as whoever voids its links has it: two that wait for each other's rows would be a ring.
    await accounts.hold([sub]);
    const problem = linkProblem(await tokens.find("recovery", secret), now);
    if (problem) return refused({ reason: problem });
    if (!(await accounts.setPassword(account, passwordHash, now)))
      return refused({ reason: "link-replaced" });
    if (!(await tokens.consume("recovery", secret, now)))
      throw new Error("a link whose account is held was used");
    await announceNewPassword(parts, transaction, account, now);
    tell({ name: "password-changed", outcome: "accepted", subject: { sub }, ...context });
    return accepted(undefined);
  });
}
