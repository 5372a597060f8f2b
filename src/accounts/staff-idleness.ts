import type { Context } from "koa";
import { type Clock, hours, minutes } from "../foundation/index.ts";
import { ownCookie } from "../web/index.ts";
import type { Account } from "./account.ts";
import { type JudgedSession, noteActive, secondsIdle } from "./session-mark.ts";

/** How long a session of staff lives without any activity of its person, wherever it is. */
const idleSeconds = minutes(60);

const cookie = ownCookie("staff-presence", { lifeSeconds: hours(8) });

/**
 * Whether a session is of staff and was left alone for too long: our own pages and relying parties ask for a sign-in again.
 * When it was last active, its browser says ({@link noteActive}).
 */
export function isIdleStaff(
  ctx: Pick<Context, "cookies" | "secure">,
  { role }: Pick<Account, "role">,
  session: JudgedSession,
  clock: Clock,
): boolean {
  return role !== undefined && secondsIdle(cookie, ctx, session, clock) > idleSeconds;
}

/** Notes that the person of a session of staff is there. Others have no such cookie. */
export function noteStaffPresence(
  ctx: Pick<Context, "cookies" | "secure">,
  { role }: Pick<Account, "role">,
  session: Pick<JudgedSession, "id">,
  clock: Clock,
): void {
  if (role !== undefined) noteActive(cookie, ctx, session, clock);
}
