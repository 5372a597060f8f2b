import type { Middleware } from "koa";
import { seeOther } from "./see-other.ts";

/** As much of a router as is asked of it here. */
interface Matching {
  readonly match: (path: string, method: string) => { readonly route: boolean };
}

/**
 * A refused form leaves its own address in the browser, which people reload, keep and send on. Looked at, it leads to
 * the page that the form stands on: the nearest address above it that is one. It comes after all routes.
 * @param routes where the routers are found
 */
export function formAddresses(routes: readonly Middleware[]): Middleware {
  const routers = routes.flatMap((each) => ("router" in each ? [each.router as Matching] : []));
  const serves = (method: string, path: string) =>
    routers.some((router) => router.match(path, method).route);
  return async (ctx, next) => {
    const isLookedAt = ctx.method === "GET" || ctx.method === "HEAD";
    const page =
      isLookedAt && serves("POST", ctx.path)
        ? pathsAbove(ctx.path).find((path) => serves("GET", path))
        : undefined;
    if (page === undefined) {
      await next();
      return;
    }
    seeOther(ctx, page + ctx.search);
  };
}

/** `/a/b/c` stands below `/a/b` and `/a`. */
function pathsAbove(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.slice(1).map((_, place) => `/${parts.slice(0, -1 - place).join("/")}`);
}
