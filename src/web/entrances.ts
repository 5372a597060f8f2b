import type { Middleware } from "koa";
import { seeOther } from "./see-other.ts";

/**
 * Addresses that only lead on, each to another: the root, and where password managers go to change a password.
 * @see https://www.w3.org/TR/change-password-url/
 */
export function leadsOn(entrances: Readonly<Record<string, string>>): Middleware {
  return async (ctx, next) => {
    const isLookedAt = ctx.method === "GET" || ctx.method === "HEAD";
    const target =
      isLookedAt && Object.hasOwn(entrances, ctx.path) ? entrances[ctx.path] : undefined;
    if (target === undefined) {
      await next();
      return;
    }
    seeOther(ctx, target);
  };
}

/** A middleware for the paths that match, and for no others. */
export function onlyFor(path: RegExp, middleware: Middleware): Middleware {
  return async (ctx, next) => {
    if (path.test(ctx.path)) await middleware(ctx, next);
    else await next();
  };
}

/** A middleware for these paths alone, which may change while it serves. */
export function onlyForThese(paths: () => ReadonlySet<string>, middleware: Middleware): Middleware {
  return async (ctx, next) => {
    if (paths().has(ctx.path)) await middleware(ctx, next);
    else await next();
  };
}
