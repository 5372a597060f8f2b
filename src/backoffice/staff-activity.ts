import type { Context } from "koa";
import { type CurrentSession, noteActive, noteSender, secondsIdle } from "../accounts/index.ts";
import { type Clock, hours, minutes } from "../foundation/index.ts";
import { ownCookie } from "../web/index.ts";

/** How long a sign-in is fresh: since the proof, and since the last page of the back office. */
export const freshSeconds = minutes(15);

/** How long activity keeps a sign-in fresh, since the proof. */
const longestFreshSeconds = hours(8);

const cookie = ownCookie("staff-activity", { path: "/admin", lifeSeconds: longestFreshSeconds });

/**
 * When a session was last active in the back office stands in a signed cookie of the browser: a look at a page writes
 * nothing here, and a session that is stolen without its cookie is as old as its proof.
 */
export interface Activity {
  /** Kept fresh by activity. */
  readonly isFresh: boolean;
  /** Proven a moment ago, whatever has been done since. */
  readonly isProven: boolean;
}

/** Judges a session by its proof and by the cookie. */
export function activityOf(ctx: Context, session: CurrentSession, clock: Clock): Activity {
  const age = clock.epochSeconds() - session.authenticatedAt;
  const idle = secondsIdle(cookie, ctx, session, clock);
  return {
    isFresh: idle <= freshSeconds && age <= longestFreshSeconds,
    isProven: age <= freshSeconds,
  };
}

/** Notes that a session is active. */
export function noteActivity(ctx: Context, session: CurrentSession, clock: Clock): void {
  noteSender(ctx, "/admin", session.account);
  noteActive(cookie, ctx, session, clock);
}
