import Router from "@koa/router";
import type { Middleware } from "koa";
import { freshSeconds, keptPath, notKept } from "../accounts/index.ts";
import { AppError, type Random, digest } from "../foundation/index.ts";
import { twoFactors } from "./authentication-levels.ts";
import type { RecordEvent } from "../operations/index.ts";
import { pageSegment, renderPage, seeOther } from "../web/index.ts";
import { ownClientId, signInAgainPath } from "./own-client.ts";
import { signInsBegun } from "./sign-ins-begun.ts";
import type { SignOut } from "./sign-out.ts";

/** What signing in to our own pages needs. */
export interface OwnSignInParts {
  readonly issuer: string;
  readonly random: Random;
  /** The pages that a sign-in may return to, the first unless told. No other address is ever led to. */
  readonly ownPages: readonly [string, ...string[]];
  readonly signOut: SignOut;
  readonly record: RecordEvent;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

/** A form that waits at one's own pages. */
const keptForms = new RegExp(`^${keptPath}/(?:[A-Za-z0-9_-]{43}|${notKept})$`);

/**
 * The back office and every page below it, with what was looked for there: nothing that a browser reads in another way.
 */
const staffPages = new RegExp(`^/admin(?:/${pageSegment})*(?:\\?[A-Za-z0-9._~%+=&*:@-]{0,1000})?$`);

/**
 * `/sign-in`: signs a person in to our own pages by an ordinary authorization. All it is for is the
 * session that the provider then has: the code is made under a challenge to which nobody has the verifier
 * (RFC 7636 §4.2), so nobody can redeem it, and it ends within a minute.
 *
 * On the way to the back office it asks for two factors, which staff turn on at the first sign-in. With
 * `fresh=1` who signed in more than {@link freshSeconds} ago does so anew, with every factor.
 */
export function ownSignInRoutes(parts: OwnSignInParts): Router {
  const { issuer, random, ownPages } = parts;
  const router = new Router();
  const pageOf = (asked: unknown): string => {
    if (typeof asked === "string" && staffPages.test(asked)) return asked;
    if (typeof asked === "string" && keptForms.test(asked)) return asked;
    return ownPages.find((page) => page === asked) ?? ownPages[0];
  };
  router.get("/sign-in", (ctx) => {
    const state = random.secret();
    const page = pageOf(ctx.query["return_to"]);
    signInsBegun.add(ctx, { state, page });
    const request = new URLSearchParams({
      client_id: ownClientId,
      redirect_uri: `${issuer}/sign-in/done`,
      response_type: "code",
      scope: "openid",
      state,
      code_challenge: digest(random.secret()),
      code_challenge_method: "S256",
      ...(staffPages.test(page) ? { acr_values: twoFactors } : undefined),
      ...(ctx.query["fresh"] === "1" ? { max_age: String(freshSeconds) } : undefined),
    });
    seeOther(ctx, `/auth?${request.toString()}`);
  });
  router.get("/sign-in/done", (ctx) => {
    // The page would ask for a sign-in again, and be refused again, without end.
    if (ctx.query["error"] !== undefined) throw new AppError("sign-in-refused", { status: 400 });
    // A stranger's answer leads nowhere else: whoever is signed in is said by the session, never by this request.
    seeOther(ctx, pageOf(signInsBegun.take(ctx, ctx.query["state"])));
  });
  // A sign-in that could not go on (it had ended, the password was recovered meanwhile) is begun anew, and leads where it led.
  router.get(signInAgainPath, (ctx) => {
    const page = pageOf(signInsBegun.takeNewest(ctx));
    seeOther(ctx, "/sign-in", { return_to: page });
  });
  addSignOut(router, parts);
  return router;
}

/** Where the sign-out of our own pages is sent. */
const ownSignOutPath = "/sign-out";

/**
 * `/sign-out`: our own pages sign out plainly. The library asks whether the session shall end, too, because it is a relying
 * party that leads there; here the person pressed the button of the session itself.
 */
function addSignOut(
  router: Router,
  { signOut, record, formGuards, ownPages }: OwnSignInParts,
): void {
  router.post(ownSignOutPath, ...formGuards, async (ctx) => {
    const sub = await signOut.asWished(ctx);
    const about = { subject: { sub: sub ?? "" }, clientAddress: ctx.ip };
    if (sub !== undefined) await record({ name: "signed-out", outcome: "accepted", ...about });
    seeOther(ctx, `${ownSignOutPath}/done`);
  });
  router.get(`${ownSignOutPath}/done`, (ctx) =>
    renderPage(ctx, 200, "provider/signed-out", { continueUrl: ownPages[0] }),
  );
  router.get(ownSignOutPath, (ctx) => {
    seeOther(ctx, ownPages[0]);
  });
}
