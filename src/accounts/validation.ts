import {
  type Clock,
  type EmailAddress,
  type Outcome,
  type Random,
  accepted,
  digest,
  refused,
} from "../foundation/index.ts";
import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import type { EventContext } from "../operations/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Spending } from "../web/index.ts";
import { verifyCounted } from "./counted-verify.ts";
import type { Account } from "./account.ts";
import type { AccountStore } from "./account-store.ts";
import type { OneTimeToken, OneTimeTokenStore } from "./one-time-token-store.ts";
import { type LinkReason, linkProblem } from "./link.ts";
import type { Passwords } from "./password.ts";
import type { PasswordPolicy } from "./password-policy.ts";
import type { NewPasswordForm } from "./recovery.ts";
import type { SignInGuard } from "./sign-in-guard.ts";
import type { SignUpMark, SignUpSpending } from "./sign-up.ts";
import { type PasswordPairReason, newPasswordProblems } from "./sign-up-form.ts";
import type { PendingSignUp, SignUpStore } from "./sign-up-store.ts";

/** Why a validation is refused. */
export type ValidationReason =
  LinkReason | "password-wrong" | "password-missing" | "too-many-attempts";

/** What the page of a link needs to know before anything happens. */
export interface ValidationPage {
  /** Of the sign-up; whoever has the link reads its mailbox. */
  readonly email: EmailAddress;
  /** True in a browser other than the one that signed up. */
  readonly passwordNeeded: boolean;
}

/** What a validation is counted by, and where it was asked for. */
export interface ValidatedBy<Counted> {
  readonly spending: Counted;
  readonly context?: EventContext;
}

/** Validating a sign-up by its mailed link: this is what makes an account. */
export interface Validation {
  /** Looks at a link and changes nothing. */
  readonly inspect: (
    secret: string,
    marks: readonly SignUpMark[],
  ) => Promise<Outcome<ValidationPage, LinkReason>>;
  /**
   * Makes the account, once. Another browser than the one that signed up also needs the password:
   * who was sent a stranger's link must not open an account that the stranger holds the password of.
   */
  readonly validate: (
    secret: string,
    marks: readonly SignUpMark[],
    typedPassword: string,
    by?: ValidatedBy<Spending>,
  ) => Promise<Outcome<{ readonly sub: string }, ValidationReason>>;
  /**
   * Makes the account, once, with a password chosen now in place of the sign-up's, which nobody needs to know: who has the
   * link reads the mailbox.
   */
  readonly validateAnew: (
    secret: string,
    form: NewPasswordForm,
    by?: ValidatedBy<SignUpSpending>,
  ) => Promise<Outcome<{ readonly sub: string }, LinkReason | PasswordPairReason>>;
  /** The link in whatever state: whom « Se connecter » leads back where. */
  readonly find: (secret: string) => Promise<OneTimeToken | undefined>;
}

/** What validation is built of. */
export interface ValidationParts extends RecordedTransactionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: AccountStore;
  readonly signUps: SignUpStore;
  readonly tokens: OneTimeTokenStore;
  readonly passwords: Passwords;
  readonly policy: PasswordPolicy;
  readonly guard: SignInGuard;
  readonly whenValidated: WhenValidated;
}

/**
 * Told in the transaction in which an account gets an address that was just validated: what waited for it opens.
 * @returns what is to be called once it is written
 */
export type WhenValidated = (
  transaction: Transaction,
  account: Pick<Account, "id" | "sub" | "email" | "role">,
) => Promise<() => Promise<void>>;

/** Builds validation on its tables. */
export function createValidation(parts: ValidationParts): Validation {
  return {
    inspect: async (secret, marks) => {
      const signUp = await open(parts, secret);
      return signUp.accepted
        ? accepted({
            email: signUp.value.email,
            passwordNeeded: !isSameBrowser(signUp.value, marks),
          })
        : signUp;
    },
    validate: async (secret, marks, typedPassword, by) => {
      const signUp = await open(parts, secret);
      if (!signUp.accepted) return signUp;
      const isSame = isSameBrowser(signUp.value, marks);
      if (!isSame && typedPassword === "")
        return refused({ field: "password", reason: "password-missing" });
      await by?.spending.spend();
      if (!isSame) {
        const proven = await provePassword(parts, signUp.value, typedPassword);
        if (!proven.accepted) return proven;
      }
      return makeAccount(parts, secret, signUp.value, by?.context);
    },
    validateAnew: async (secret, form, by) => {
      const signUp = await open(parts, secret);
      if (!signUp.accepted) return signUp;
      const judging = by?.spending.judging;
      const problems = await newPasswordProblems(parts.policy, form, signUp.value, judging);
      const [first, ...others] = problems;
      if (first) return refused(first, ...others);
      await by?.spending.keeping.spend();
      const passwordHash = await parts.passwords.hash(form.password);
      return makeAccount(parts, secret, { ...signUp.value, passwordHash }, by?.context);
    },
    find: (secret) => parts.tokens.find("validation", secret),
  };
}

async function open(
  { tokens, signUps, accounts, clock }: ValidationParts,
  secret: string,
): Promise<Outcome<PendingSignUp, LinkReason>> {
  const token = await tokens.find("validation", secret);
  const now = clock.epochSeconds();
  const problem = linkProblem(token, now);
  if (problem || !token) return refused({ reason: problem ?? "link-unknown" });
  const signUp = await signUps.find(token.pendingSignUpId ?? "", now);
  if (signUp) return accepted(signUp);
  // Validating a sign-up ends every other one of its address.
  const known = token.email && (await accounts.findByEmail(token.email));
  return refused({ reason: known ? "link-overtaken" : "link-unknown" });
}

function isSameBrowser(signUp: PendingSignUp, marks: readonly SignUpMark[]): boolean {
  return marks.some(
    ({ id, secret }) => id === signUp.id && digest(secret) === signUp.browserDigest,
  );
}

async function provePassword(
  parts: ValidationParts,
  signUp: PendingSignUp,
  typed: string,
): Promise<Outcome<undefined, ValidationReason>> {
  const attempt = await parts.guard.begin({ email: signUp.email });
  if (!attempt.accepted) return attempt;
  const verified = await verifyCounted(attempt.value, parts.passwords, signUp.passwordHash, typed);
  if (!verified) {
    return refused({ field: "password", reason: "password-wrong" });
  }
  await attempt.value.succeeded();
  return accepted(undefined);
}

async function makeAccount(
  parts: ValidationParts,
  secret: string,
  signUp: PendingSignUp,
  context: EventContext | undefined,
): Promise<Outcome<{ readonly sub: string }, LinkReason>> {
  const now = parts.clock.epochSeconds();
  const made = await recordedTransaction(parts, async (transaction, tell) => {
    const consumed = await parts.tokens.within(transaction).consume("validation", secret, now);
    if (!consumed) return refused({ reason: "link-used" as const });
    const { email, givenName, familyName, locale, passwordHash, clientId } = signUp;
    const account = { email, givenName, familyName, locale, passwordHash, clientId };
    const sub = parts.random.identifier();
    const accounts = parts.accounts.within(transaction);
    const inserted = await accounts.insert({ ...account, sub }, now);
    await parts.signUps.within(transaction).removeByEmail(email);
    const made = inserted ? await accounts.findByEmail(email) : undefined;
    if (!made) return refused({ reason: "link-overtaken" as const });
    tell({ name: "account-validated", outcome: "accepted", subject: { sub }, ...context });
    return accepted({ sub, announce: await parts.whenValidated(transaction, made.account) });
  });
  if (!made.accepted) return made;
  await made.value.announce();
  // Who typed the password before the link was followed was told to wait, and counted.
  await parts.guard.forgive(signUp.email);
  return accepted({ sub: made.value.sub });
}
