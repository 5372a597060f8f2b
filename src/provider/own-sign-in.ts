import Router from "@koa/router";
import type { Context } from "koa";
import { freshSeconds } from "../accounts/index.ts";
import { AppError, type Random, digest, hours } from "../foundation/index.ts";
import { twoFactors } from "./authentication-levels.ts";
import { ownClientId } from "./own-client.ts";

/** What signing in to our own pages needs. */
export interface OwnSignInParts {
  readonly issuer: string;
  readonly random: Random;
  /** The pages that a sign-in may return to, the first unless told. No other address is ever led to. */
  readonly ownPages: readonly [string, ...string[]];
}

/** The back office and every page below it: plain names, nothing that a browser reads in another way. */
const staffPages = /^\/admin(?:\/[A-Za-z0-9_-]+)*$/;

/**
 * `/sign-in`: signs a person in to our own pages by an ordinary authorization. All it is for is the
 * session that the provider then has: the code is made under a challenge to which nobody has the verifier
 * (RFC 7636 §4.2), so nobody can redeem it, and it ends within a minute.
 *
 * On the way to the back office it asks for two factors, which staff turn on at the first sign-in. With
 * `fresh=1` who signed in more than {@link freshSeconds} ago does so anew, with every factor.
 */
export function ownSignInRoutes({ issuer, random, ownPages }: OwnSignInParts): Router {
  const router = new Router();
  const pageOf = (asked: unknown): string => {
    if (typeof asked === "string" && staffPages.test(asked)) return asked;
    return ownPages.find((page) => page === asked) ?? ownPages[0];
  };
  router.get("/sign-in", (ctx) => {
    const state = random.secret();
    const page = pageOf(ctx.query["return_to"]);
    setCookie(ctx, `${state}:${page}`);
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
    ctx.status = 303;
    ctx.redirect(`/auth?${request.toString()}`);
  });
  router.get("/sign-in/done", (ctx) => {
    // The page would ask for a sign-in again, and be refused again, without end.
    if (ctx.query["error"] !== undefined) throw new AppError("sign-in-refused", { status: 400 });
    const [state, page] = (ctx.cookies.get(cookieName(ctx), { signed: true }) ?? "").split(":");
    // Another tab's answer or a stranger's: whoever is signed in is said by the session, never by this request.
    const isExpected = state !== undefined && state === ctx.query["state"];
    setCookie(ctx, "");
    ctx.status = 303;
    ctx.redirect(isExpected ? pageOf(page) : ownPages[0]);
  });
  return router;
}

/** Leaves the state of a sign-in in the browser for as long as its pages may take; "" takes it away. */
function setCookie(ctx: Context, value: string): void {
  ctx.cookies.set(cookieName(ctx), value, {
    signed: true,
    httpOnly: true,
    sameSite: "lax",
    secure: ctx.secure,
    path: "/sign-in",
    maxAge: value === "" ? 0 : hours(1) * 1000,
    overwrite: true,
  });
}

function cookieName(ctx: Context): string {
  return ctx.secure ? "__Secure-sign-in" : "sign-in";
}
