import {
  AppError,
  type Clock,
  type EmailAddress,
  type Outcome,
  type Random,
  accepted,
  days,
  refused,
} from "../foundation/index.ts";
import { type Spending, spentFreely } from "../web/index.ts";
import type { Account } from "./account.ts";
import type { AccountStore, AccountWithPassword } from "./account-store.ts";
import type { BrowserAlerts } from "./browser-alert.ts";
import type { OpenedIn } from "./current-account.ts";
import { type KnownBrowser, type KnownBrowserStore, browserName } from "./known-browser-store.ts";
import { verifyCounted } from "./counted-verify.ts";
import { type Passwords, normalisePassword } from "./password.ts";
import type { SignInGuard } from "./sign-in-guard.ts";
import { leastLinkSeconds } from "./sign-up.ts";
import type { PendingSignUp, SignUpStore } from "./sign-up-store.ts";
import { type TypedEmailReason, readEmail } from "./typed-email.ts";
import type { Place } from "./worker-queue.ts";

/** The sign-in form as typed. */
export interface SignInForm {
  readonly email: string;
  readonly password: string;
}

/**
 * Why a sign-in is refused. Unknown and disabled both say `credentials-refused`. `sign-up-waiting`: the password is that of
 * the newest sign-up that waits for this address, whether the address has an account or not; `details.signUp` names it.
 */
export type SignInReason =
  | TypedEmailReason
  | "password-missing"
  | "credentials-refused"
  | "sign-up-waiting"
  | "too-many-attempts";

/** Who signed in, and the new mark of the browser for its cookie. */
export interface SignedIn {
  /** As it was read with the password that was checked: the proof counts while its credentials are these. */
  readonly account: Account;
  /** When the password was checked, epoch seconds. */
  readonly provenAt: number;
  /** Undefined where nothing is to be marked: the computer is shared. */
  readonly browserSecret: string | undefined;
}

/** The browser that a person signs in with. */
export interface SigningBrowser {
  /** The mark that it holds, if it has one. */
  readonly secret: string | undefined;
  /** Whether its person says that others use it: nothing is remembered of them there. */
  readonly isShared: boolean;
  readonly openedIn: OpenedIn;
}

/**
 * Signs a person in.
 * @param place kept in the hashing queue for the verify
 * @param spending counts it before it costs: by the browser where the account knows it, so that whoever shares its
 * address keeps nobody out
 */
export type SignIn = (
  form: SignInForm,
  browser: SigningBrowser,
  place?: Place,
  spending?: Spending,
) => Promise<Outcome<SignedIn, SignInReason>>;

/** What signing in is built of. */
export interface SignInParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: AccountStore;
  readonly knownBrowsers: KnownBrowserStore;
  readonly guard: SignInGuard;
  readonly passwords: Passwords;
  readonly signUps: SignUpStore;
  readonly browserAlerts: Pick<BrowserAlerts, "tell">;
}

/**
 * The same queries and the same verifies for every address, known or not: one where somebody signs in, two where nobody
 * does. Counted before it is hashed, also where a sign-up waits: whoever asked for that has guessed at the account, too.
 */
export function createSignIn(parts: SignInParts): SignIn {
  const complete = createSignInCompletion(parts);
  return async (form, from, place, spending = spentFreely) => {
    const typed = addressOf(form);
    if (!typed.accepted) return typed;
    const email = typed.value;
    // Without a mark nothing is looked up for who is over the limit.
    if (from.secret === undefined) await spending.spend();
    const known = await parts.accounts.findByEmail(email);
    const browser = await parts.knownBrowsers.find(known?.account, from.secret);
    if (from.secret !== undefined) await spending.spend(browserName(browser));
    const attempt = await parts.guard.begin({ email, browser });
    if (!attempt.accepted) return attempt;
    const verified = await verifyCounted(
      attempt.value,
      parts.passwords,
      known?.passwordHash,
      form.password,
      place,
    );
    if (!verified || known?.account.state !== "active")
      return refusalBy(await waitingSignUp(parts, email, form.password));
    const provenAt = parts.clock.epochSeconds();
    await attempt.value.succeeded();
    await rehash(parts, known, form.password);
    const browserSecret = await complete(known, from, browser);
    return accepted({ account: known.account, provenAt, browserSecret });
  };
}

/** The address of a form of which a password can be compared. */
function addressOf({ email: typed, password }: SignInForm): Outcome<EmailAddress, SignInReason> {
  const email = readEmail(typed);
  if (!email.accepted) return email;
  if (password === "") return refused({ field: "password", reason: "password-missing" });
  // Longer than any can be: nothing is compared, so nothing is counted.
  if (normalisePassword(password) === undefined) return refused({ reason: "credentials-refused" });
  return email;
}

/**
 * What follows a proof of who somebody is, whatever it was: the account notes it, its person is told of a browser that it
 * did not know, and the browser is marked.
 * @param browser the mark that it held, if the account knows it
 * @returns the mark that it holds from now on; undefined on a shared computer
 */
export type CompleteSignIn = (
  known: Pick<AccountWithPassword, "account" | "lastSignedInAt">,
  from: SigningBrowser,
  browser: KnownBrowser | undefined,
) => Promise<string | undefined>;

/** Builds it on the tables of the room. */
export function createSignInCompletion(
  parts: Pick<SignInParts, "clock" | "random" | "accounts" | "knownBrowsers" | "browserAlerts">,
): CompleteSignIn {
  return async (known, from, browser) => {
    await noteSignIn(parts, known);
    if (!browser) await parts.browserAlerts.tell(known.account, from.openedIn);
    return markBrowser(parts, known.account, from, browser !== undefined);
  };
}

/** The newest sign-up of an address, when this is its password; the work is done without one, too. */
async function waitingSignUp(
  { clock, passwords, signUps }: SignInParts,
  email: EmailAddress,
  typed: string,
): Promise<PendingSignUp | undefined> {
  const [newest] = await signUps.listByEmail(email, clock.epochSeconds() + leastLinkSeconds, 1);
  try {
    return (await passwords.verify(newest?.passwordHash, typed)) ? newest : undefined;
  } catch (fault) {
    // The first verify has answered: a fault here would take that guess back.
    if (isBusy(fault)) return undefined;
    throw fault;
  }
}

function refusalBy(
  waiting: PendingSignUp | undefined,
): Outcome<never, "sign-up-waiting" | "credentials-refused"> {
  return waiting
    ? refused({ reason: "sign-up-waiting", details: { signUp: waiting.id } })
    : refused({ reason: "credentials-refused" });
}

/** At most one write a day and account: what counts is that it is used. */
async function noteSignIn(
  { accounts, clock }: Pick<SignInParts, "accounts" | "clock">,
  { account, lastSignedInAt = 0 }: Pick<AccountWithPassword, "account" | "lastSignedInAt">,
): Promise<void> {
  const now = clock.epochSeconds();
  if (now - lastSignedInAt >= days(1)) await accounts.noteSignIn(account.id, now);
}

/** A digest made under older parameters is made anew, now that the password is at hand. */
async function rehash(
  { accounts, passwords }: SignInParts,
  { account, passwordHash }: AccountWithPassword,
  typed: string,
): Promise<void> {
  if (passwordHash === undefined || !passwords.needsRehash(passwordHash)) return;
  try {
    await accounts.rehash(account.id, passwordHash, await passwords.hash(typed));
  } catch (fault) {
    // The queue is full: the person is who they say, and the next sign-in will do it.
    if (!isBusy(fault)) throw fault;
  }
}

function isBusy(fault: unknown): boolean {
  return fault instanceof AppError && fault.code === "busy";
}

/**
 * The mark of a browser that this account is not known in is made anew: one planted beforehand is
 * worth nothing. A known one is kept, so that other people of the same browser stay known too. On a shared computer the
 * account is forgotten.
 */
async function markBrowser(
  { knownBrowsers, random }: Pick<SignInParts, "knownBrowsers" | "random">,
  account: Account,
  { secret, isShared }: SigningBrowser,
  isKnown: boolean,
): Promise<string | undefined> {
  if (isShared) {
    await knownBrowsers.forget(account.sub, secret);
    return undefined;
  }
  const mark = (isKnown ? secret : undefined) ?? random.secret();
  await knownBrowsers.remember(account, mark);
  return mark;
}
