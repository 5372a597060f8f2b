import type { Context } from "koa";
import { type Account, type ReadSession, type StaffRole, isAtLeast } from "../accounts/index.ts";
import { type Clock, AppError, minutes } from "../foundation/index.ts";
import { pageState } from "../web/index.ts";

/** A member of staff who was let in. */
export interface StaffMember {
  readonly account: Account;
  readonly role: StaffRole;
}

/** Who may come through a route. */
export interface StaffRule {
  /** The least role. */
  readonly role: StaffRole;
  /**
   * Whether the person must have proved who they are within the last minutes: for what changes an access,
   * a role or a client.
   */
  readonly fresh?: boolean;
}

/** What the gate asks. */
export interface GateParts {
  readonly currentSession: ReadSession;
  readonly clock: Clock;
  /** Whether an account holds, now, a second factor that opens the back office. */
  readonly opensBackoffice: (account: Account) => Promise<boolean>;
}

/** How long a sign-in is fresh. */
export const freshSeconds = minutes(15);

/**
 * The gate of every route: who is not signed in, or not well enough, is led to the sign-in and back.
 * @param page where a sign-in leads back
 * @returns undefined when the answer is given
 * @throws AppError 403 `staff-only`: signed in, and not of the staff, or of a lesser role
 */
export async function admit(
  ctx: Context,
  rule: StaffRule,
  page: string,
  parts: GateParts,
): Promise<StaffMember | undefined> {
  const session = await parts.currentSession(ctx);
  if (!session) {
    askToSignIn(ctx, page);
    return undefined;
  }
  const { account } = session;
  const { role } = account;
  if (role === undefined || !isAtLeast(role, rule.role)) {
    throw new AppError("staff-only", { status: 403 });
  }
  pageState(ctx).continueUrl = "/admin";
  // What the session began with, and what is true now: a factor that is gone, or was there before the role, opens nothing.
  const isStrong = session.amr.includes("mfa") && (await parts.opensBackoffice(account));
  const isFresh =
    !rule.fresh || parts.clock.epochSeconds() - session.authenticatedAt <= freshSeconds;
  if (isStrong && isFresh) return { account, role };
  askToSignIn(ctx, page, isFresh ? {} : { fresh: "1" });
  return undefined;
}

function askToSignIn(
  ctx: Context,
  page: string,
  more: Readonly<Record<string, string>> = {},
): void {
  const query = new URLSearchParams(more).toString();
  // Written as people read it: what needs an escape is no page of ours.
  const known = /^\/admin(?:\/[\w-]+)*(?=\/?$)/.exec(page)?.[0] ?? "/admin";
  ctx.status = 303;
  ctx.redirect(`/sign-in?return_to=${known}${query && `&${query}`}`);
}
