import type { Context } from "koa";
import { days } from "../foundation/index.ts";
import { interactionPath } from "./configuration.ts";

/** How long a page that was left open finds its relying party again. */
const wayBackSeconds = days(1);

/**
 * Leaves in the browser which client an interaction is for: its row goes when it is answered, and is swept when
 * it has expired, but the page may still be open, or come back by the back button.
 * The cookie is scoped to the interaction's address, so tabs do not mix and no other request carries it.
 */
export function keepWayBack(ctx: Context, uid: string, clientId: string): void {
  if (wayBackOf(ctx) === clientId) return;
  ctx.cookies.set(cookieName(ctx), Buffer.from(clientId).toString("base64url"), {
    signed: true,
    httpOnly: true,
    sameSite: "lax",
    secure: ctx.secure,
    path: interactionPath(uid),
    maxAge: wayBackSeconds * 1000,
    overwrite: true,
  });
}

/** The client that {@link keepWayBack} noted for the address of this request. */
export function wayBackOf(ctx: Context): string | undefined {
  const kept = ctx.cookies.get(cookieName(ctx), { signed: true });
  return kept && Buffer.from(kept, "base64url").toString("utf8");
}

function cookieName(ctx: Context): string {
  return ctx.secure ? "__Secure-way-back" : "way-back";
}
