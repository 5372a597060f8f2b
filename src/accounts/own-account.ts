import {
  type Clock,
  type Locale,
  type Outcome,
  type Problem,
  type Random,
  accepted,
  locales,
  refused,
} from "../foundation/index.ts";
import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import type { EventContext } from "../operations/index.ts";
import { type Spending, spentFreely } from "../web/index.ts";
import type { Account } from "./account.ts";
import type { AccountStore } from "./account-store.ts";
import { type NewPasswordParts, announceNewPassword } from "./new-password.ts";
import { type OwnPasswordReason, checkOwnPassword, spendingOf } from "./own-password.ts";
import type { Passwords } from "./password.ts";
import type { PasswordPolicy } from "./password-policy.ts";
import type { SignInGuard } from "./sign-in-guard.ts";
import {
  type NameReason,
  type PasswordPairReason,
  type SignUpForm,
  checkNames,
  newPasswordProblems,
} from "./sign-up-form.ts";

/** The form of a new password, as typed by who knows the current one. */
export interface PasswordChangeForm {
  readonly current_password: string;
  readonly password: string;
  readonly password_confirmation: string;
}

/** Why a person's own password is not changed. `password-changed-already`: another request of the same form has done so. */
export type PasswordChangeReason =
  PasswordPairReason | OwnPasswordReason | "password-changed-already";

/** What a new password leaves. */
export interface ChangedPassword {
  readonly account: Account;
  /** When the current password was checked and the new one written, epoch seconds. */
  readonly changedAt: number;
  readonly browserSecret: string | undefined;
}

/** Whence a password is changed: its mark, if it holds one, and where that is for the event. */
export interface ChangingBrowser {
  readonly secret: string | undefined;
  readonly isShared: boolean;
  readonly context?: EventContext | undefined;
}

/** What signed-in people change themselves; each change is written with its event. */
export interface OwnAccount {
  /** Writes the names; the claim `updated_at` moves with them. */
  readonly rename: (
    account: Account,
    form: Pick<SignUpForm, "given_name" | "family_name">,
    context?: EventContext,
  ) => Promise<Outcome<undefined, NameReason>>;
  /** Writes the language of the person's letters. */
  readonly chooseLanguage: (
    account: Account,
    typed: string,
    context?: EventContext,
  ) => Promise<Outcome<Locale, "language-unknown">>;
  /**
   * Sets a new password and announces it: every session, token, pending change and link of the person
   * dies, this browser's session too: who asks makes it a new one.
   * @param browser the mark that this browser holds, if it has one; a shared one is given none
   * @returns the account as it is then, and the new mark of the browser for its cookie
   */
  readonly changePassword: (
    account: Account,
    form: PasswordChangeForm,
    browser: ChangingBrowser,
    spending?: Spending,
  ) => Promise<Outcome<ChangedPassword, PasswordChangeReason>>;
}

/** What it is built of. */
export interface OwnAccountParts extends NewPasswordParts, RecordedTransactionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: AccountStore;
  readonly passwords: Passwords;
  readonly policy: PasswordPolicy;
  readonly guard: SignInGuard;
  /** Told once the new password is written: the room above ends the sessions of the account. */
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
}

/** Builds it on the accounts. */
export function createOwnAccount(parts: OwnAccountParts): OwnAccount {
  return {
    rename: async (account, form, context) => {
      const names = checkNames(form);
      if (!names.accepted) return names;
      await describe(parts, account, names.value, context);
      return accepted(undefined);
    },
    chooseLanguage: async (account, typed, context) => {
      const locale = locales.find((each) => each === typed);
      if (!locale) return refused({ field: "language", reason: "language-unknown" });
      await describe(parts, account, { locale }, context);
      return accepted(locale);
    },
    changePassword: async (account, form, browser, spending = spentFreely) => {
      const ofTheirs = spendingOf(account, spending);
      const [first, ...others] = await problemsOf(parts.policy, form, account, ofTheirs);
      if (first) return refused(first, ...others);
      const outcome = await checkAndChange(parts, account, form, browser, ofTheirs);
      const isWrong = !outcome.accepted && outcome.problems[0].reason === wrong.reason;
      return isWrong && (await isChangedAlready(parts, account, form.password))
        ? refused({ reason: "password-changed-already" })
        : outcome;
    },
  };
}

/** Of who was disabled or deleted meanwhile nothing is written, and nothing told: the page that follows asks for a sign-in. */
function describe(
  parts: OwnAccountParts,
  { id, sub }: Account,
  said: Parameters<AccountStore["describe"]>[1],
  context: EventContext | undefined,
): Promise<void> {
  return recordedTransaction(parts, async (transaction, tell) => {
    const accounts = parts.accounts.within(transaction);
    if (!(await accounts.describe(id, said, parts.clock.epochSeconds()))) return;
    tell({ name: "profile-changed", outcome: "accepted", subject: { sub }, ...context });
  });
}

async function checkAndChange(
  parts: OwnAccountParts,
  account: Account,
  form: PasswordChangeForm,
  browser: ChangingBrowser,
  spending: Spending,
): Promise<Outcome<ChangedPassword, OwnPasswordReason>> {
  const typed = { field: "current_password", password: form.current_password };
  const checked = await checkOwnPassword(parts, account, typed, browser.secret, spending);
  if (!checked.accepted) return checked;
  const isProven = await parts.knownBrowsers.find(account, browser.secret, "two factors");
  const changedAt = parts.clock.epochSeconds();
  const passwordHash = await parts.passwords.hash(form.password);
  const changed = await writePassword(parts, checked.value, passwordHash, browser.context);
  if (!changed) return refused(wrong);
  await parts.onCredentialsChanged(account.sub);
  const mark = browser.isShared ? undefined : parts.random.secret();
  if (mark !== undefined) await parts.knownBrowsers.remember(changed, mark);
  // Who holds a second factor is signed in by it (`own-sessions`): what guesses at it began anew.
  if (isProven) await parts.knownBrowsers.noteFactor(changed, mark);
  await parts.guard.forgiveSecondFactor(account.sub);
  return accepted({ account: changed, changedAt, browserSecret: mark });
}

/**
 * Whether what a form asks for was done since its request began. Nobody guesses at a password by it: unless it was changed at
 * this very moment, nothing is compared.
 */
async function isChangedAlready(
  { accounts, passwords }: OwnAccountParts,
  { id, email, credentials }: Account,
  password: string,
): Promise<boolean> {
  const now = await accounts.findByEmail(email);
  const isChanged = now?.account.id === id && now.account.credentials !== credentials;
  return isChanged && passwords.verify(now.passwordHash, password);
}

const wrong = { field: "current_password", reason: "current-password-wrong" } as const;

async function problemsOf(
  policy: PasswordPolicy,
  form: PasswordChangeForm,
  account: Account,
  judging: Spending,
): Promise<Problem<PasswordChangeReason>[]> {
  const missing = { field: "current_password", reason: "current-password-missing" } as const;
  return [
    ...(form.current_password === "" ? [missing] : []),
    ...(await newPasswordProblems(policy, form, account, judging)),
  ];
}

/**
 * @param account as it was read with the password that was checked
 * @returns the account as it is now; undefined when its credentials changed since: a recovery outruns this form
 */
function writePassword(
  parts: OwnAccountParts,
  account: Account,
  passwordHash: string,
  context: EventContext | undefined,
): Promise<Account | undefined> {
  const now = parts.clock.epochSeconds();
  return recordedTransaction(parts, async (transaction, tell) => {
    const accounts = parts.accounts.within(transaction);
    if (!(await accounts.setPassword(account, passwordHash, now))) return undefined;
    await announceNewPassword(parts, transaction, account, now);
    const { sub } = account;
    tell({ name: "password-changed", outcome: "accepted", subject: { sub }, ...context });
    return accounts.findById(account.id);
  });
}
