import Router from "@koa/router";
import coBody from "co-body";
import type { Context } from "koa";
import { PortalRefusal } from "./failures.ts";
import type { ReadLogoutToken } from "./logout-token.ts";
import { type Identity, type OpenIdClient, ProviderUnreachable } from "./open-id.ts";
import { claimRows, renderPage, stylesheet } from "./pages.ts";
import type { Visitors } from "./visitors.ts";

/** What the routes are made of. */
export interface Wiring {
  readonly openId: OpenIdClient;
  readonly visitors: Visitors;
  readonly readLogoutToken: ReadLogoutToken;
  readonly issuer: string;
  readonly baseUrl: string;
  /** Where people see and change their account at the provider. */
  readonly accountUrl: string;
}

/** The values of `prompt` that a link of the portal may ask for. */
const prompts = ["create", "login", "select_establishment"];

/** Every address of the portal. */
export function portalRoutes(wiring: Wiring): Router {
  return (
    new Router()
      .get("/", (ctx) => home(ctx, wiring))
      .get("/style.css", (ctx) => {
        ctx.set("Cache-Control", "public, max-age=300");
        ctx.type = "css";
        ctx.body = stylesheet;
      })
      .get("/login", (ctx) => beginLogin(ctx, wiring, ctx.query))
      // A third party may begin a login by POST too (OpenID Connect Core §4).
      .post("/login", async (ctx) =>
        beginLogin(ctx, wiring, (await coBody.form(ctx, { limit: "10kb" })) as object),
      )
      .get("/callback", (ctx) => completeLogin(ctx, wiring))
      .post("/logout", (ctx) => logout(ctx, wiring))
      .post("/backchannel-logout", (ctx) => endSession(ctx, wiring))
  );
}

/** Who is signed in is asked for anew when the provider said that what they may has changed: as a rule without a question. */
function home(ctx: Context, wiring: Wiring): Promise<void> {
  const identity = wiring.visitors.identity(ctx);
  return identity && wiring.visitors.isStale(identity)
    ? beginLogin(ctx, wiring, {})
    : showHome(ctx, wiring, identity);
}

async function showHome(
  ctx: Context,
  { accountUrl }: Wiring,
  identity: Identity | undefined,
): Promise<void> {
  ctx.type = "html";
  if (!identity) {
    ctx.body = await renderPage("home", "Accueil");
    return;
  }
  const { claims } = identity;
  const rows = claimRows(claims);
  ctx.body = await renderPage("signed-in", "Votre espace", {
    accountUrl,
    rows,
    who: claims["name"] ?? claims["email"] ?? claims["sub"],
    siret: rows.find(({ name }) => name === "siret")?.values[0],
    establishmentName: claims["establishment_name"],
  });
}

async function beginLogin(
  ctx: Context,
  { openId, visitors, issuer }: Wiring,
  parameters: object,
): Promise<void> {
  const { iss, login_hint, prompt } = parameters as Partial<Record<string, unknown>>;
  if (iss !== undefined && iss !== issuer) throw new PortalRefusal(400, "unknown_issuer");
  const { url, attempt } = await openId.begin({
    ...(typeof login_hint === "string" && login_hint && { login_hint }),
    ...(typeof prompt === "string" && prompts.includes(prompt) && { prompt }),
  });
  visitors.remember(ctx, attempt);
  seeOther(ctx, url.href);
}

async function completeLogin(ctx: Context, { openId, visitors, baseUrl }: Wiring): Promise<void> {
  const state = new URLSearchParams(ctx.querystring).get("state") ?? "";
  const attempt = visitors.takeAttempt(ctx, state);
  if (attempt) {
    visitors.signIn(ctx, await openId.complete(ctx.querystring, attempt));
  } else if (!visitors.identity(ctx)) {
    throw new PortalRefusal(400, "login_expired");
  }
  // Without an attempt: the back button, or a reload, of somebody who is signed in by now.
  seeOther(ctx, `${baseUrl}/`);
}

async function logout(ctx: Context, { openId, visitors, baseUrl }: Wiring): Promise<void> {
  const identity = visitors.signOut(ctx);
  seeOther(ctx, identity ? (await openId.endSessionUrl(identity.idToken)).href : `${baseUrl}/`);
}

/** The provider says that a session has ended; who it was is signed out here too (Back-Channel Logout 1.0 §2.8). */
async function endSession(ctx: Context, { readLogoutToken, visitors }: Wiring): Promise<void> {
  ctx.set("Cache-Control", "no-store");
  const form = (await coBody.form(ctx, { limit: "10kb" })) as { readonly logout_token?: unknown };
  try {
    visitors.end(await readLogoutToken(String(form.logout_token)));
    ctx.status = 200;
    ctx.body = "";
  } catch (error) {
    if (error instanceof ProviderUnreachable) throw error;
    ctx.status = 400;
    ctx.body = { error: "invalid_request" };
  }
}

function seeOther(ctx: Context, url: string): void {
  ctx.status = 303;
  ctx.set("Location", url);
  ctx.body = "";
}
