import type { SignInGuard } from "../accounts/index.ts";
import type { Outcome, Problem } from "../foundation/index.ts";

/** Why a code is refused. */
export type CodeReason =
  | "code-missing"
  | "code-wrong"
  | "code-used"
  /** What it would be compared with cannot be opened: our fault, of which the log tells. */
  | "factor-unreadable"
  | "too-many-attempts";

/**
 * Runs a check of one person's second factor, counted before anything is compared. Its count is apart from
 * the password's: who knows the password must not be able to clear it by signing in again.
 */
export type CountCheck = <Value, Reason extends string>(
  accountSub: string,
  check: () => Promise<Outcome<Value, Reason>>,
) => Promise<Outcome<Value, Reason | "too-many-attempts">>;

/** Counts by the guard that counts passwords, with its delays. */
export function countedBy(guard: Pick<SignInGuard, "beginSecondFactor">): CountCheck {
  return async (accountSub, check) => {
    const attempt = await guard.beginSecondFactor(accountSub);
    if (!attempt.accepted) return attempt;
    const outcome = await check();
    if (outcome.accepted) await attempt.value.succeeded();
    // Nothing was compared.
    else if (outcome.problems[0].reason === "factor-unreadable") await attempt.value.withdraw();
    return outcome;
  };
}

/** The problem of the one field that takes codes. */
export function codeProblem<Reason extends string>(reason: Reason): Problem<Reason> {
  return { field: "code", reason };
}

/** A code as applications show it, in groups or not: its digits alone. */
export function readDigits(typed: string): string {
  return typed.normalize("NFKC").replaceAll(/\s/g, "");
}
