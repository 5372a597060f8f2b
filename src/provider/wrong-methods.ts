import type { Middleware } from "koa";

/** What a person's browser may be led to, or a program asks either way; every other endpoint of the protocol is posted to. */
const readOrPosted = /^\/(?:auth|me)$/;

/**
 * An endpoint of the protocol that is asked by another method says by which it is served, in place of « not found », at which who
 * connects an application looks for a wrong address: programs in the words of OAuth, a browser by the page of 405. It stands in
 * front of the library's endpoints.
 * @see RFC 9110 §15.5.6, RFC 6749 §3.2
 */
export function refusesWrongMethods(paths: () => ReadonlySet<string>): Middleware {
  return async (ctx, next) => {
    await next();
    const isUnanswered = ctx.status === 404 && (ctx.body === undefined || ctx.body === null);
    if (!isUnanswered || !paths().has(ctx.path)) return;
    const methods = readOrPosted.test(ctx.path) ? ["GET", "POST"] : ["POST"];
    ctx.status = 405;
    ctx.set({ Allow: methods.join(", "), "Cache-Control": "no-store" });
    if (ctx.get("Accept").includes("text/html")) return;
    ctx.body = {
      error: "invalid_request",
      error_description: `${ctx.path} is asked by ${methods.join(" or ")}`,
    };
  };
}
