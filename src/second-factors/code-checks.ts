import {
  type Account,
  type KnownBrowserStore,
  type SignInGuard,
  browserName,
} from "../accounts/index.ts";
import type { Outcome, Problem } from "../foundation/index.ts";
import type { Spending } from "../web/index.ts";

/** Why a code is refused. */
export type CodeReason =
  | "code-missing"
  | "code-wrong"
  | "code-used"
  /** What it would be compared with cannot be opened: our fault, of which the log tells. */
  | "factor-unreadable"
  | "too-many-attempts";

/** Who sends a code. */
export interface CodeSender {
  /** The mark that the browser holds, if it has one. */
  readonly browserSecret: string | undefined;
  /** Counts the request before it costs: by the browser where the factor was proven. */
  readonly spending?: Spending | undefined;
}

/**
 * Runs a check of one person's code, counted before anything is compared: apart from the password's count, and for each
 * browser in which the factor was proven before. Passkeys and recovery codes are not counted: nobody guesses them.
 */
export type CountCheck = <Value, Reason extends string>(
  account: Account,
  by: CodeSender,
  check: () => Promise<Outcome<Value, Reason>>,
) => Promise<Outcome<Value, Reason | "too-many-attempts">>;

/** At the failure of this number the owner is told. */
const toldFailures = 5;

/** Counts a check before it costs: by the browser where the factor was proven, else by the address. @returns that browser */
export async function spendAs(
  { knownBrowsers }: { readonly knownBrowsers: Pick<KnownBrowserStore, "find"> },
  account: Account,
  { browserSecret, spending }: CodeSender,
): ReturnType<KnownBrowserStore["find"]> {
  const browser = await knownBrowsers.find(account, browserSecret, "two factors");
  await spending?.spend(browserName(browser));
  return browser;
}

/** Counts by the guard that counts passwords, with its delays. */
export function countedBy(parts: {
  readonly guard: Pick<SignInGuard, "beginSecondFactor">;
  readonly knownBrowsers: Pick<KnownBrowserStore, "find">;
  /** Tells the owner of the account that somebody who has the password guesses. */
  readonly tell: (account: Account) => Promise<void>;
}): CountCheck {
  return async (account, sender, check) => {
    const browser = await spendAs(parts, account, sender);
    const attempt = await parts.guard.beginSecondFactor(account.sub, browser);
    if (!attempt.accepted) return attempt;
    const outcome = await check();
    if (outcome.accepted) await attempt.value.succeeded();
    // Nothing was compared.
    else if (outcome.problems[0].reason === "factor-unreadable") await attempt.value.withdraw();
    else if (attempt.value.failures === toldFailures) await parts.tell(account);
    return outcome;
  };
}

/** The problem of the one field that takes codes. */
export function codeProblem<Reason extends string>(reason: Reason): Problem<Reason> {
  return { field: "code", reason };
}

/** Whether it may be a code of an application; what is none costs nothing. */
export function isCode(typed: string): boolean {
  return /^\d{6}$/.test(readDigits(typed));
}

/** A code as applications show it, in groups or not: its digits alone. */
export function readDigits(typed: string): string {
  return typed.normalize("NFKC").replaceAll(/\s/g, "");
}
