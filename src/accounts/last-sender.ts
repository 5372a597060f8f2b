import type { Context } from "koa";
import { hours } from "../foundation/index.ts";
import { type OwnCookie, ownCookie } from "../web/index.ts";
import type { FormSender } from "./kept-forms.ts";

/** Whose pages a browser was last seen at, signed in: one's own, or those of the back office. */
export type SenderPlace = "/account" | "/admin";

/** As long as a page with a form may well be left open. */
const lifeSeconds = hours(24);

const cookies: Readonly<Record<SenderPlace, OwnCookie>> = {
  "/account": ownCookie("account-sender", { path: "/account", lifeSeconds }),
  "/admin": ownCookie("admin-sender", { path: "/admin", lifeSeconds }),
};

/**
 * Notes who is signed in, and under which credentials: by a signed cookie that only who was signed in is given, so that no
 * stranger has us keep anything. Signing in takes more; a sign-out takes it away.
 */
export function noteSender(
  ctx: Pick<Context, "cookies" | "secure">,
  place: SenderPlace,
  { sub, credentials }: FormSender,
): void {
  // An imported identifier may hold what ends the value of a cookie.
  cookies[place].write(ctx, `${encodeURIComponent(sub)}:${credentials}`);
}

/** Whose form it is that comes from a browser in which nobody is signed in any more; undefined where it does not say. */
export function lastSender(
  ctx: Pick<Context, "cookies" | "secure">,
  place: SenderPlace,
): FormSender | undefined {
  const [, sub, credentials] = /^(.+):([^:]+)$/.exec(cookies[place].read(ctx) ?? "") ?? [];
  return sub && credentials ? { sub: decoded(sub), credentials } : undefined;
}

/** What a node beside this one wrote as it was stands as it is. */
function decoded(sub: string): string {
  try {
    return decodeURIComponent(sub);
  } catch {
    return sub;
  }
}

/** Whoever comes to this browser next sends nothing in the name of who has just left it. */
export function forgetSenders(ctx: Pick<Context, "cookies" | "secure">): void {
  for (const cookie of Object.values(cookies)) cookie.clear(ctx);
}
