import coBody from "co-body";
import type { Middleware } from "koa";
import { AppError } from "../foundation/index.ts";

/** The endpoints that browsers reach, and that clients may also POST to (OIDC Core §3.1.2.1, RP-Initiated Logout §2). */
const postedTo = /^\/(?:auth|session\/end)\/?$/i;

/** What fits into an address that every server and proxy on the way takes. */
const limitBytes = 8_000;

/**
 * Turns a POST to these endpoints into the same request by GET. The library's own switch would make the
 * session cookie `SameSite=None`, for every page and every other site.
 */
export function postedRequests(): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== "POST" || !postedTo.test(ctx.path)) {
      await next();
      return;
    }
    if (!ctx.is("urlencoded")) throw new AppError("body-not-a-form", { status: 415 });
    const query = await readBody(ctx.req);
    ctx.status = 303;
    ctx.set("Cache-Control", "no-store");
    ctx.redirect(`${ctx.path}?${new URLSearchParams(query).toString()}`);
  };
}

async function readBody(request: Parameters<typeof coBody.text>[0]): Promise<string> {
  try {
    return (await coBody.text(request, { limit: limitBytes })) as string;
  } catch (cause) {
    throw new AppError("body-too-large", { status: 413, cause });
  }
}
