import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import type { Problem } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import {
  type RateLimits,
  renderPage,
  requestEvent,
  seeOther,
  requestOrigin,
} from "../web/index.ts";
import { type BrowserAlerts, alertPath } from "./browser-alert.ts";
import { type LinkReason, secretOfLink, deadLinkState } from "./link.ts";

/** What the page of the letter's link is served with. */
export interface BrowserAlertRouteParts {
  readonly browserAlerts: BrowserAlerts;
  readonly limits: RateLimits;
  readonly record: RecordEvent;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

/** `/unknown-browser/:link`: a GET changes nothing; its button ends sessions and starts a recovery. */
export function browserAlertRoutes(parts: BrowserAlertRouteParts): Router {
  const { browserAlerts } = parts;
  const router = new Router();
  router.use(...parts.formGuards);
  router.get(`${alertPath}/done`, (ctx) => renderPage(ctx, 200, "accounts/sessions-ended", {}));
  router.get(`${alertPath}/:link`, async (ctx) => {
    const account = await browserAlerts.inspect(secretOfLink(ctx.params["link"]));
    if (!account.accepted) return showRefused(ctx, account.problems);
    const { email } = account.value;
    const form = { action: ctx.path, values: {}, problems: [] };
    await renderPage(ctx, 200, "accounts/new-browser", { form, email, keepUrl: "/account" });
  });
  router.post(`${alertPath}/:link`, async (ctx) => {
    const secret = secretOfLink(ctx.params["link"]);
    // A link that was never ours costs nothing, and leaves nothing behind.
    const inspected = await browserAlerts.inspect(secret);
    if (!inspected.accepted) return showRefused(ctx, inspected.problems);
    await parts.limits.limit("validation").consume(ctx.ip);
    const account = await browserAlerts.endAll(secret, requestOrigin(ctx));
    if (!account.accepted) {
      await parts.record(requestEvent(ctx, "session-ended", account));
      return showRefused(ctx, account.problems);
    }
    seeOther(ctx, `${alertPath}/done`);
  });
  return router;
}

/** A link that opens nothing any more says so and leads on. */
async function showRefused(ctx: Context, [problem]: readonly Problem<LinkReason>[]): Promise<void> {
  await renderPage(ctx, 410, "accounts/link-refused", {
    purpose: "alert",
    reason: deadLinkState(problem?.reason),
    nextKind: "account",
    nextUrl: "/account",
  });
}
