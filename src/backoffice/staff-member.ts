import type { Context } from "koa";
import {
  type Account,
  type FormSender,
  type ReadSession,
  type StaffRole,
  isAtLeast,
  lastSender,
  noteWaiting,
  notKept,
} from "../accounts/index.ts";
import { type Clock, AppError } from "../foundation/index.ts";
import { pageSegment, pageState, seeOther } from "../web/index.ts";
import { type Activity, activityOf, noteActivity } from "./staff-activity.ts";

/** Where forms of the back office wait. */
export const keptPath = "/admin/kept";

/** The navigation says « 99+ » of more requests that wait. */
export const mostWaitingShown = 99;

/** Who was let in. */
export interface Admitted {
  readonly account: Account;
  readonly role: StaffRole;
}

/** A member of staff in front of a page. */
export interface StaffMember extends Admitted {
  /** How many requests wait, up to as many as the navigation has room for. */
  readonly waitingRequests: () => Promise<number>;
}

/** Who may come through a route. */
export interface StaffRule {
  /** The least role. */
  readonly role: StaffRole;
  /**
   * Whether the person must have proved who they are a moment ago. Activity keeps a sign-in fresh for what changes an access;
   * `proven`: for roles, factors, clients, deletion and export nothing counts but the proof.
   */
  readonly fresh?: boolean | "proven";
}

/** Where a sign-in leads back. */
export interface WayBack {
  /** A page: that of the form, for what a form sent. */
  readonly forms: string;
  /** Keeps what was sent, where something was. @returns what it waits under */
  readonly keep?: (sender: FormSender) => Promise<string | undefined>;
}

/** What the gate asks. */
export interface GateParts {
  readonly currentSession: ReadSession;
  readonly clock: Clock;
  /** Whether an account holds, now, a second factor that opens the back office. */
  readonly opensBackoffice: (account: Account) => Promise<boolean>;
}

/**
 * The gate of every route: who is not signed in, or not well enough, is led to the sign-in and back.
 * @param back where a sign-in leads back
 * @returns undefined when the answer is given
 * @throws AppError 403 `staff-only`: signed in, and not of the staff, or of a lesser role
 */
export async function admit(
  ctx: Context,
  rule: StaffRule,
  back: WayBack,
  parts: GateParts,
): Promise<Admitted | undefined> {
  const session = await parts.currentSession(ctx);
  if (!session) {
    // Its session has ended, and the browser still says whose it was: they alone find the form behind the sign-in.
    askToSignIn(ctx, await leadsBackTo(ctx, back, lastSender(ctx, "/admin")));
    return undefined;
  }
  const { account } = session;
  const { role } = account;
  if (role === undefined || !isAtLeast(role, rule.role)) {
    throw new AppError("staff-only", { status: 403 });
  }
  pageState(ctx).continueUrl = "/admin";
  // What the session began with, and what is true now: a factor that is gone, or was there before the role, opens nothing.
  // Neither does a passkey alone.
  const isProven = session.amr.includes("mfa") && session.amr.includes("pwd");
  const isStrong = isProven && (await parts.opensBackoffice(account));
  const activity = activityOf(ctx, session, parts.clock);
  const isFresh = !session.isIdle && isFreshFor(rule, activity);
  if (isStrong && isFresh) {
    noteActivity(ctx, session, parts.clock);
    return { account, role };
  }
  const page = await leadsBackTo(ctx, back, isStrong ? account : seenBefore(ctx, account));
  askToSignIn(ctx, page, isFresh ? {} : { fresh: "1" });
  return undefined;
}

/**
 * Who is only to confirm who they are loses nothing of what they sent; nor does who has signed in again since by less than the
 * back office takes, where it was open to them in this browser before.
 */
function seenBefore(ctx: Context, { sub }: Account): FormSender | undefined {
  const sender = lastSender(ctx, "/admin");
  return sender?.sub === sub ? sender : undefined;
}

/** Where a form waits, or where it is said that it does not: nothing is lost without a word. */
async function leadsBackTo(
  ctx: Context,
  { forms, keep }: WayBack,
  sender: FormSender | undefined,
): Promise<string> {
  if (!keep) return forms;
  const kept = sender && (await keep(sender));
  if (kept !== undefined) noteWaiting(ctx, "/admin", kept);
  return `${keptPath}/${kept ?? notKept}`;
}

function isFreshFor({ fresh }: StaffRule, { isFresh, isProven }: Activity): boolean {
  if (fresh === "proven") return isProven;
  return fresh !== true || isFresh;
}

const staffPage = new RegExp(`^(/admin(?:/${pageSegment})*)/?(\\?.*)?$`);

function askToSignIn(
  ctx: Context,
  page: string,
  more: Readonly<Record<string, string>> = {},
): void {
  const query = new URLSearchParams(more).toString();
  // Written as people read it, but for what is escaped already. What was looked for there is found again.
  const [, path = "/admin", search = ""] = staffPage.exec(page) ?? [];
  seeOther(
    ctx,
    `/sign-in?return_to=${encodeURI(path)}${encodeURIComponent(search)}${query && `&${query}`}`,
  );
}
