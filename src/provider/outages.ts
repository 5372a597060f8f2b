import type { Middleware } from "koa";
import type { KoaContextWithOIDC } from "oidc-provider";
import { type DatabaseFault, databaseFault } from "../storage/index.ts";

/** Where people are: their browsers get a page. */
const routesOfPeople: ReadonlySet<string> = new Set([
  "authorization",
  "resume",
  "end_session",
  "end_session_confirm",
  "end_session_success",
]);

const outages = new WeakMap<object, DatabaseFault>();

/** Keeps a fault of the database for {@link answersOutages}. @returns whether it is one */
export function keepOutage(ctx: KoaContextWithOIDC, error: unknown): boolean {
  const fault = databaseFault(error);
  if (fault) outages.set(ctx.req, fault);
  return fault !== undefined;
}

/**
 * The library calls everything it does not know `server_error`, and 500. A database that is away for a moment is no fault of
 * the request, and the same request is right a moment later: 503 with `Retry-After`, as a page where people are and as
 * `temporarily_unavailable` to programs. It stands right in front of the library.
 * @see RFC 9110 §15.6.4
 */
export function answersOutages(): Middleware {
  return async (ctx, next) => {
    await next();
    const fault = outages.get(ctx.req);
    if (!fault) return;
    const { oidc } = ctx as unknown as Partial<Pick<KoaContextWithOIDC, "oidc">>;
    if (oidc === undefined || routesOfPeople.has(oidc.route)) throw fault;
    ctx.status = fault.status;
    ctx.set("Retry-After", String(fault.retryAfterSeconds));
    ctx.set("Cache-Control", "no-store");
    ctx.body = {
      error: "temporarily_unavailable",
      error_description: "the database cannot be asked now; try again in a moment",
    };
  };
}
