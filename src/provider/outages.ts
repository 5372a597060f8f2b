import type { Middleware } from "koa";
import type { KoaContextWithOIDC } from "oidc-provider";
import { AppError, shortageOf } from "../foundation/index.ts";
import { databaseFault, outageSentence } from "../storage/index.ts";

/** Where people are: their browsers get a page. */
const routesOfPeople: ReadonlySet<string> = new Set([
  "authorization",
  "resume",
  "end_session",
  "end_session_confirm",
  "end_session_success",
]);

const outages = new WeakMap<object, AppError>();

/** Keeps what is no fault of ours, nor of the request, for {@link answersOutages}. @returns whether it is such */
export function keepOutage(ctx: KoaContextWithOIDC, error: unknown): boolean {
  const isLimit = error instanceof AppError && error.code === "too-many-requests";
  const fault = isLimit ? error : (databaseFault(error) ?? shortageOf(error));
  if (fault) outages.set(ctx.req, fault);
  return fault !== undefined;
}

/**
 * The library calls everything it does not know `server_error`, and 500. A database that is away for a moment is no fault of
 * the request, and the same request is right a moment later: 503 with `Retry-After`, as a page where people are and as
 * `temporarily_unavailable` to programs. A limit that is reached within the library is 429 in the same way. It stands right in front of the library.
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
    ctx.set("Retry-After", String(fault.retryAfterSeconds ?? 1));
    ctx.set("Cache-Control", "no-store");
    ctx.body = {
      error: "temporarily_unavailable",
      error_description:
        fault.status === 429
          ? "too many requests from this address; try again later"
          : outageSentence(fault),
    };
  };
}
