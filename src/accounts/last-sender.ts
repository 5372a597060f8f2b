import type { Context } from "koa";
import { hours } from "../foundation/index.ts";
import type { FormSender } from "./kept-forms.ts";

/** Whose pages a browser was last seen at, signed in: one's own, or those of the back office. */
export type SenderPlace = "/account" | "/admin";

/** As long as a page with a form may well be left open. */
const lifeSeconds = hours(24);

/**
 * Notes who is signed in, and under which credentials: by a signed cookie that only who was signed in is given, so that no
 * stranger has us keep anything. Signing in takes more; a sign-out takes it away.
 */
export function noteSender(
  ctx: Pick<Context, "cookies" | "secure">,
  place: SenderPlace,
  { sub, credentials }: FormSender,
): void {
  write(ctx, place, `${sub}:${credentials}`, lifeSeconds);
}

/** Whose form it is that comes from a browser in which nobody is signed in any more; undefined where it does not say. */
export function lastSender(
  ctx: Pick<Context, "cookies" | "secure">,
  place: SenderPlace,
): FormSender | undefined {
  const [sub, credentials] = (ctx.cookies.get(nameOf(ctx, place), { signed: true }) ?? "").split(
    ":",
  );
  return sub && credentials ? { sub, credentials } : undefined;
}

/** Whoever comes to this browser next sends nothing in the name of who has just left it. */
export function forgetSenders(ctx: Pick<Context, "cookies" | "secure">): void {
  write(ctx, "/account", "", 0);
  write(ctx, "/admin", "", 0);
}

function write(
  ctx: Pick<Context, "cookies" | "secure">,
  place: SenderPlace,
  value: string,
  seconds: number,
): void {
  ctx.cookies.set(nameOf(ctx, place), value, {
    signed: true,
    httpOnly: true,
    sameSite: "lax",
    secure: ctx.secure,
    path: place,
    maxAge: seconds * 1000,
    overwrite: true,
  });
}

function nameOf(ctx: Pick<Context, "secure">, place: SenderPlace): string {
  return `${ctx.secure ? "__Secure-" : ""}${place.slice(1)}-sender`;
}
