import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import type { Problem } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import {
  type RateLimits,
  formFields,
  refusedStatus,
  renderPage,
  requestEvent,
  requestOrigin,
  seeOther,
} from "../web/index.ts";
import type { BrowserCookies } from "./browser-cookies.ts";
import type { OwnSessions, ReadSession } from "./current-account.ts";
import type { OwnAccount } from "./own-account.ts";
import type { SignedInDoors } from "./signed-in.ts";

/** Where people change their password; it stands under « Ma sécurité ». */
export const passwordPath = "/account/password";

/** What the page is served with. */
export interface PasswordPageParts extends Pick<SignedInDoors, "signedIn"> {
  readonly sessions: OwnSessions;
  readonly readSession: ReadSession;
  readonly ownAccount: OwnAccount;
  readonly cookies: BrowserCookies;
  readonly limits: RateLimits;
  readonly record: RecordEvent;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

/** `/account/password`; it asks to sign in first. */
export function passwordRoutes(parts: PasswordPageParts): Router {
  const { ownAccount, sessions, cookies } = parts;
  const router = new Router();
  router.use(...parts.formGuards);
  router.get(
    passwordPath,
    parts.signedIn(passwordPath, (ctx, { email }) => show(ctx, email, [])),
  );
  router.post(
    passwordPath,
    parts.signedIn(passwordPath, async (ctx, account) => {
      const spending = parts.limits.limit("sign-in").spending(ctx.ip);
      const fields = ["current_password", "password", "password_confirmation"] as const;
      const form = formFields(ctx.request.body, fields);
      const renew = await sessions.renewal(ctx);
      const isShared = (await parts.readSession(ctx))?.isShared === true;
      const browser = { secret: cookies.known(ctx), isShared, context: requestOrigin(ctx) };
      const outcome = await ownAccount.changePassword(account, form, browser, spending);
      // Sent twice, and recorded once. Whether this browser has heard that it is signed in anew is not known.
      if (!outcome.accepted && outcome.problems[0].reason === "password-changed-already")
        return renderPage(ctx, 200, "accounts/password-changed", { signInUrl: "/account" });
      const about = { subject: { sub: account.sub } };
      if (spending.isSpent() && !outcome.accepted)
        await parts.record(requestEvent(ctx, "password-changed", outcome, about));
      if (!outcome.accepted) return show(ctx, account.email, outcome.problems);
      const { browserSecret } = outcome.value;
      if (browserSecret !== undefined) cookies.setKnown(ctx, browserSecret);
      await renew(outcome.value.account, outcome.value.changedAt);
      seeOther(ctx, "/account?done=password");
    }),
  );
  return router;
}

async function show(ctx: Context, email: string, problems: readonly Problem[]): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderPage(ctx, status, "accounts/password", {
    form: { action: passwordPath, values: {}, problems },
    email,
    backUrl: "/account/security",
  });
}
