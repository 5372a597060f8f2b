import type { RouterContext } from "@koa/router";
import type { Context } from "koa";
import { type Account, type AuthorityReason, authorityProblem } from "../accounts/index.ts";
import { AppError, type Outcome } from "../foundation/index.ts";
import type { EventName, SecurityEvent } from "../operations/index.ts";
import { requestEvent } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import type { StaffMember } from "./staff-member.ts";
import type { StaffAnswer } from "./staff-router.ts";

/** Answers about the account that the address names. */
export type AccountAnswer = (
  ctx: RouterContext,
  staff: StaffMember,
  account: Account,
) => Promise<void> | void;

/** Why a member of staff may not touch an account, for a page that prepares an act: the act judges by the same rule. */
export function untouchable(
  { account }: StaffMember,
  subject: Account,
): "own" | "colleague" | undefined {
  const why = authorityProblem({ actor: account.sub, bearer: account, subject, least: "reader" });
  if (why === "own-account") return "own";
  return why === "colleague-account" ? "colleague" : undefined;
}

/**
 * What an act says of who may do it is answered as the pages before it are.
 * @throws AppError 403
 */
export function permitted<Result extends Outcome<unknown, string>>(outcome: Result): Result {
  const why = outcome.accepted
    ? undefined
    : outcome.problems.map(({ reason }) => reason).find(isOfAuthority);
  if (why !== undefined) throw forbidden(why);
  return outcome;
}

const reasons: ReadonlySet<string> = new Set<AuthorityReason>([
  "own-account",
  "colleague-account",
  "role-too-low",
]);

function isOfAuthority(reason: string): reason is AuthorityReason {
  return reasons.has(reason);
}

/** The page of who may not. */
export function forbidden(why: AuthorityReason): AppError {
  return new AppError(why === "role-too-low" ? "staff-only" : why, { status: 403 });
}

/**
 * Finds the account of `:sub` for a page that shows it.
 * @throws AppError 404 `account-unknown`
 */
export function seen(parts: BackofficeParts, answer: AccountAnswer): StaffAnswer {
  return async (ctx, staff) => {
    const account = await parts.findAccount(ctx.params["sub"] ?? "");
    if (!account) throw new AppError("account-unknown", { status: 404 });
    await answer(ctx, staff, account);
  };
}

/**
 * Finds the account of `:sub` for an act, or for the page that prepares one.
 * @throws AppError 404 `account-unknown`; 403 `own-account`, `colleague-account`: nobody acts on their own
 *   account, and on a colleague's only an admin
 */
export function touched(parts: BackofficeParts, answer: AccountAnswer): StaffAnswer {
  return seen(parts, async (ctx, staff, account) => {
    const why = untouchable(staff, account);
    if (why) throw forbidden(`${why}-account`);
    await answer(ctx, staff, account);
  });
}

/** The page of an account. */
export function accountUrl({ sub }: Pick<Account, "sub">): string {
  return `/admin/accounts/${encodeURIComponent(sub)}`;
}

/** What the page that follows an act says of it: where a colleague was faster nothing has changed, and no letter says so. */
export function doneWith(done: string, changed: readonly unknown[], unchanged: readonly unknown[]) {
  if (changed.length === 0) return { done: "unchanged" };
  return { done, changed: changed.length, unchanged: unchanged.length };
}

/** Records what a member of staff did to a person, or tried to. */
export async function recordAct(
  ctx: Context,
  { record }: Pick<BackofficeParts, "record">,
  { account }: StaffMember,
  act: {
    readonly name: EventName;
    readonly outcome?: Outcome<unknown, string>;
    readonly subject?: Pick<Account, "sub"> | undefined;
    readonly details?: SecurityEvent["details"];
  },
): Promise<void> {
  const { name, outcome = "accepted", subject, details } = act;
  const about = { subject: subject && { sub: subject.sub }, actor: account.sub, details };
  await record(requestEvent(ctx, name, outcome, about));
}
