import type { Context } from "koa";
import type { Clock } from "../foundation/index.ts";
import type { OwnCookie } from "../web/index.ts";

/** A session, as far as its idleness is judged. */
export interface JudgedSession {
  readonly id: string;
  /** Epoch seconds. */
  readonly authenticatedAt: number;
}

/**
 * Notes in a browser when one of its sessions was last active: signed, and bound to the session, so that a look at a page
 * writes nothing here, and a session that is stolen without its cookie is as old as its proof.
 */
export function noteActive(
  cookie: OwnCookie,
  ctx: Pick<Context, "cookies" | "secure">,
  { id }: Pick<JudgedSession, "id">,
  clock: Clock,
): void {
  cookie.write(ctx, `${id}:${clock.epochSeconds()}`);
}

/** How long a session has been idle: since its mark, or its proof where there is none. @returns seconds */
export function secondsIdle(
  cookie: OwnCookie,
  ctx: Pick<Context, "cookies" | "secure">,
  session: JudgedSession,
  clock: Clock,
): number {
  const now = clock.epochSeconds();
  const [id, at] = (cookie.read(ctx) ?? "").split(":");
  const seenAt = id === session.id && /^\d+$/.test(at ?? "") ? Number(at) : 0;
  return now - Math.max(session.authenticatedAt, Math.min(seenAt, now));
}
