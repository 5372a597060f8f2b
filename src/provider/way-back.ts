import type { Context } from "koa";
import { days } from "../foundation/index.ts";
import { ownCookie } from "../web/index.ts";
import { interactionPath } from "./configuration.ts";

/** How long a page that was left open finds its relying party again. */
const wayBackSeconds = days(1);

const cookie = ownCookie("way-back", { scoped: true, lifeSeconds: wayBackSeconds });

/**
 * Leaves in the browser which client an interaction is for: its row goes when it is answered, and is swept when
 * it has expired, but the page may still be open, or come back by the back button.
 * The cookie is scoped to the interaction's address, so tabs do not mix and no other request carries it.
 */
export function keepWayBack(ctx: Context, uid: string, clientId: string): void {
  if (wayBackOf(ctx) === clientId) return;
  const path = interactionPath(uid);
  cookie.write(ctx, Buffer.from(clientId).toString("base64url"), { path });
}

/** The client that {@link keepWayBack} noted for the address of this request. */
export function wayBackOf(ctx: Context): string | undefined {
  const kept = cookie.read(ctx);
  return kept && Buffer.from(kept, "base64url").toString("utf8");
}
