import type { Context, Middleware } from "koa";
import { type WayBack, ownCookie, pageState } from "../web/index.ts";

/** What knows the services that one's own pages lead back to. */
export interface AccountWayBackParts {
  readonly isKnown: (clientId: string) => boolean;
  readonly wayBack: (clientId: string | undefined) => WayBack;
}

/** One's own page, which then leads back to this client. */
export function accountFrom(clientId: string): string {
  return `/account?${new URLSearchParams({ client_id: clientId }).toString()}`;
}

const cookie = ownCookie("came-from", { path: "/account" });

const ownPages = /^\/account(?:\/|$)/;

/**
 * One's own pages lead back to the service that led there (`/account?client_id=…`), for as long as the browser is open; else
 * to the portal. The name of a client is public, and an address that it did not register is never led to.
 */
export function accountWayBack(clients: AccountWayBackParts): Middleware {
  return async (ctx, next) => {
    if (ownPages.test(ctx.path)) pageState(ctx).wayBack = clients.wayBack(cameFrom(ctx, clients));
    await next();
  };
}

function cameFrom(ctx: Context, { isKnown }: AccountWayBackParts): string | undefined {
  const named = ctx.query["client_id"];
  if (typeof named === "string" && isKnown(named)) {
    cookie.write(ctx, Buffer.from(named).toString("base64url"));
    return named;
  }
  const kept = cookie.read(ctx);
  const clientId = kept && Buffer.from(kept, "base64url").toString("utf8");
  return clientId && isKnown(clientId) ? clientId : undefined;
}
