import type { Context } from "koa";
import { type Clock, hours, minutes } from "../foundation/index.ts";
import { ownCookie } from "../web/index.ts";
import type { Account } from "./account.ts";

/** How long a session of staff lives without any activity of its person, wherever it is. */
const idleSeconds = minutes(60);

const cookie = ownCookie("staff-presence", { lifeSeconds: hours(8) });

/** A session, as far as its idleness is judged. */
interface JudgedSession {
  readonly id: string;
  /** Epoch seconds. */
  readonly authenticatedAt: number;
}

/**
 * Whether a session is of staff and was left alone for too long: our own pages and relying parties ask for a sign-in again.
 * When it was last active stands in a signed cookie of the browser, bound to the session: a look at a page writes nothing
 * here, and a session that is stolen without its cookie is as old as its proof.
 */
export function isIdleStaff(
  ctx: Pick<Context, "cookies" | "secure">,
  { role }: Pick<Account, "role">,
  session: JudgedSession,
  clock: Clock,
): boolean {
  if (role === undefined) return false;
  const now = clock.epochSeconds();
  const [id, at] = (cookie.read(ctx) ?? "").split(":");
  const seenAt = id === session.id && /^\d+$/.test(at ?? "") ? Number(at) : 0;
  return now - Math.max(session.authenticatedAt, Math.min(seenAt, now)) > idleSeconds;
}

/** Notes that the person of a session of staff is there. Others have no such cookie. */
export function noteStaffPresence(
  ctx: Pick<Context, "cookies" | "secure">,
  { role }: Pick<Account, "role">,
  { id }: Pick<JudgedSession, "id">,
  clock: Clock,
): void {
  if (role === undefined) return;
  cookie.write(ctx, `${id}:${clock.epochSeconds()}`);
}
