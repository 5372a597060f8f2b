import type { Context, Middleware } from "koa";
import type { ArtifactStore } from "../artifacts/index.ts";
import { type Random, minutes } from "../foundation/index.ts";
import { type RateLimits, bodyText, renderPage, seeOther } from "../web/index.ts";

/** What requests that come by POST are kept with. */
export interface PostedRequestParts {
  readonly artifacts: ArtifactStore;
  readonly random: Random;
  readonly limits: RateLimits;
  readonly startAgain: (clientId: string | undefined) => string;
}

/** The endpoints that browsers reach, and that clients may also POST to (OIDC Core §3.1.2.1, RP-Initiated Logout §2). */
const postedTo = /^\/(?:auth|session\/end)\/?$/i;

/** An ID token as hint, of who has hundreds of establishments, signed by a long key. */
const limitBytes = 64 * 1024;

/** Longer than a browser takes to follow, and as long as the page that answers may be loaded again. */
const keptSeconds = minutes(1);

/** The parameter that stands for all of a kept request. */
const referenceParameter = "posted_request";

/**
 * Turns a POST to these endpoints into the same request by GET: the library's own switch would make the session cookie
 * `SameSite=None`, for every page and every other site. What was sent is too large for an address, and an address is
 * written into logs and histories: it is kept for a minute under a random reference, and counted, by its size and its
 * sender's network, for it is a stranger's. Afterwards an authorization starts anew, and a sign-out asks its question as if
 * nothing had been sent: who loads the page again is still signed in.
 */
export function postedRequests(parts: PostedRequestParts): Middleware {
  return async (ctx, next) => {
    const isThere = postedTo.test(ctx.path);
    if (isThere && ctx.method === "POST") return keep(ctx, parts);
    const reference = isThere ? ctx.query[referenceParameter] : undefined;
    if (typeof reference === "string") {
      const kept = await keptRequest(ctx, parts, reference);
      if (kept === undefined && !isSignOut(ctx)) return showExpired(ctx, parts);
      ctx.querystring = inLanguage(kept ?? "", ctx.query["ui_locales"]);
    }
    await next();
  };
}

async function keep(ctx: Context, { artifacts, random, limits }: PostedRequestParts) {
  const sent = await bodyText(ctx, "urlencoded", limitBytes);
  // An empty one needs no keeping; the smallest is a row of its own.
  if (sent !== "")
    await limits.limit("posted-request").consume(ctx.ip, Math.ceil((sent.length + 512) / 1024));
  const reference = random.secret();
  const payload = { path: pathOf(ctx), parameters: new URLSearchParams(sent).toString() };
  await artifacts.put("PostedRequest", reference, { payload }, keptSeconds);
  ctx.set("Cache-Control", "no-store");
  seeOther(ctx, `${ctx.path}?${referenceParameter}=${reference}`);
}

async function keptRequest(
  ctx: Context,
  { artifacts }: PostedRequestParts,
  reference: string,
): Promise<string | undefined> {
  const stored = await artifacts.find("PostedRequest", reference);
  const { path, parameters } = stored?.payload ?? {};
  const isGood = stored?.expired === false && path === pathOf(ctx);
  return isGood && typeof parameters === "string" ? parameters : undefined;
}

/** A language that its person chose goes before the one that was sent. */
function inLanguage(parameters: string, chosen: unknown): string {
  if (typeof chosen !== "string") return parameters;
  const request = new URLSearchParams(parameters);
  request.set("ui_locales", chosen);
  return request.toString();
}

/** Its question needs nothing that was sent: it is asked anew, as of who came without any of it. */
function isSignOut(ctx: Context): boolean {
  return pathOf(ctx) === "/session/end";
}

/** Whose request it was is not known any more. */
async function showExpired(ctx: Context, { startAgain }: PostedRequestParts): Promise<void> {
  await renderPage(ctx, 410, "provider/interrupted", {
    continueUrl: startAgain(undefined),
    reason: "expired",
  });
}

function pathOf({ path }: Context): string {
  return path.toLowerCase().replace(/\/$/, "");
}
