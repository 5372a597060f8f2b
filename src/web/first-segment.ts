import type { Middleware } from "koa";

/** As much of a router as is asked of it here: its paths, and what it matches before they are looked at. */
interface Routing {
  readonly stack: readonly {
    readonly path: string | RegExp;
    readonly methods: readonly string[];
  }[];
}

/**
 * A router that is asked only where the first segment of a path is that of one of its routes: by itself it tries each of its
 * routes at every request, and there are two hundred. What is no router stays as it is.
 */
export function reachedBySegment(middleware: Middleware): Middleware {
  if (!("router" in middleware)) return middleware;
  const { stack } = middleware.router as Routing;
  const routes = stack.filter(({ methods }) => methods.length > 0);
  const segments = new Set(routes.map(({ path }) => literalSegment(path)));
  if (segments.has(undefined)) return middleware;
  const reached: Middleware = async (ctx, next) => {
    if (segments.has(firstSegment(ctx.path))) await middleware(ctx, next);
    else await next();
  };
  return Object.assign(reached, { router: middleware.router });
}

/** Of a route; undefined where it may be any. Routes are matched whatever the case of a path. */
function literalSegment(path: string | RegExp): string | undefined {
  if (typeof path !== "string") return undefined;
  const segment = firstSegment(path);
  return /^[\w.~-]*$/.test(segment) ? segment : undefined;
}

function firstSegment(path: string): string {
  const end = path.indexOf("/", 1);
  return path.slice(1, end === -1 ? undefined : end).toLowerCase();
}
