import type { RouterContext } from "@koa/router";
import type { Context } from "koa";
import type { Account } from "../accounts/index.ts";
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

/** Why a member of staff may not touch an account: it is their own, or a colleague's and they are no admin. */
export function untouchable(
  { account, role }: StaffMember,
  subject: Account,
): "own" | "colleague" | undefined {
  if (account.sub === subject.sub) return "own";
  return subject.role !== undefined && role !== "admin" ? "colleague" : undefined;
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
    if (why) throw new AppError(`${why}-account`, { status: 403 });
    await answer(ctx, staff, account);
  });
}

/** The page of an account. */
export function accountUrl({ sub }: Pick<Account, "sub">): string {
  return `/admin/accounts/${sub}`;
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
