import type { Context, Middleware } from "koa";
import { AppError } from "../foundation/index.ts";

/** Methods that change nothing (RFC 9110 §9.2.1). */
export const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses, with 403 `cross-site-request`, a form that another site sent in a person's name. `Sec-Fetch-Site` decides where
 * the browser sends it; else `Origin` must be the issuer's, never what the client's `Host` says
 * (Koa CVE-2026-27959). A request with neither comes from no browser that could be abused: they all
 * send `Origin` with a cross-site POST. Chosen over a token in each form: nothing to store, to expire or to forget.
 * It stands in front of our own pages only; the provider's endpoints answer other sites by design.
 * @see OWASP Cross-Site Request Forgery Prevention, "Fetch Metadata headers"
 */
export function sameOriginOnly(issuer: string): Middleware {
  const ownOrigin = new URL(issuer).origin;
  return async (ctx, next) => {
    const allowed = safeMethods.has(ctx.method) || isFromOwnPage(ctx, ownOrigin);
    if (!allowed) throw new AppError("cross-site-request", { status: 403 });
    await next();
  };
}

/** Whether a form was sent by a page of ours, as {@link sameOriginOnly} judges it. */
export function isFromOwnPage(ctx: Pick<Context, "get">, issuer: string): boolean {
  return isOwn(ctx.get("Sec-Fetch-Site"), ctx.get("Origin"), new URL(issuer).origin);
}

/** `none` is a person's own act (a reloaded form): no page can make a browser say it. */
function isOwn(fetchSite: string, origin: string, ownOrigin: string): boolean {
  if (fetchSite !== "") return fetchSite === "same-origin" || fetchSite === "none";
  return origin === "" || origin === ownOrigin;
}
