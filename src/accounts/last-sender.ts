import type { Context } from "koa";
import { hours } from "../foundation/index.ts";
import { type OwnCookie, ownCookie } from "../web/index.ts";
import { type FormSender, type KeptForm, type KeptForms, keptSeconds } from "./kept-forms.ts";

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

const waiting: Readonly<Record<SenderPlace, OwnCookie>> = {
  "/account": ownCookie("account-waiting", { path: "/account", lifeSeconds: keptSeconds }),
  "/admin": ownCookie("admin-waiting", { path: "/admin", lifeSeconds: keptSeconds }),
};

/** Notes what waits last of this browser's forms, for who comes back by another way than its own sign-in. */
export function noteWaiting(ctx: Context, place: SenderPlace, id: string): void {
  waiting[place].write(ctx, id);
}

/** Its page was looked at: it need not be told of any more. */
export function forgetWaiting(ctx: Context, place: SenderPlace): void {
  if (waiting[place].read(ctx) !== undefined) waiting[place].clear(ctx);
}

/** What waits of this browser's forms, and is this person's; undefined where nothing does. */
export async function waitingForm(
  ctx: Context,
  place: SenderPlace,
  keptForms: Pick<KeptForms, "find">,
  sender: FormSender,
): Promise<{ readonly url: string; readonly form: KeptForm } | undefined> {
  const id = waiting[place].read(ctx);
  const form = id === undefined ? undefined : await keptForms.find(id, sender);
  return id !== undefined && form ? { url: `${place}/kept/${id}`, form } : undefined;
}

/** Whoever comes to this browser next sends nothing in the name of who has just left it. */
export function forgetSenders(ctx: Pick<Context, "cookies" | "secure">): void {
  for (const cookie of [...Object.values(cookies), ...Object.values(waiting)]) cookie.clear(ctx);
}
