import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import type { Problem } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import {
  type RateLimits,
  forgetKeptPages,
  formFields,
  pageState,
  refusedStatus,
  renderPage,
  requestEvent,
  requestOrigin,
  seeOther,
} from "../web/index.ts";
import type { Account } from "./account.ts";
import type { BrowserCookies } from "./browser-cookies.ts";
import { forgetSenders } from "./last-sender.ts";
import { ownPerson } from "./authority.ts";
import type { DeleteAccount } from "./deletion.ts";
import { type OwnPasswordParts, checkOwnPassword, spendingOf } from "./own-password.ts";
import { shownInstant } from "./shown-dates.ts";
import type { SignedInDoors } from "./signed-in.ts";

/** One try to sign in to an account, as its person sees it. A port: the audit keeps them. */
export interface OwnSignIn {
  /** Epoch seconds. */
  readonly at: number;
  readonly accepted: boolean;
  /** What it was for, if it was for a service. */
  readonly service: string | undefined;
  /** The truncated network address it came from. */
  readonly network: string | undefined;
}

/** What the pages of a person's own data are served with. */
export interface OwnDataParts extends SignedInDoors, OwnPasswordParts {
  /** The newest first. */
  readonly ownSignIns: (account: Account, limit: number) => Promise<readonly OwnSignIn[]>;
  /** Everything that is known of a person, to be written as JSON. */
  readonly ownData: (account: Account) => Promise<object>;
  readonly deleteAccount: DeleteAccount;
  readonly cookies: BrowserCookies;
  readonly limits: RateLimits;
  readonly record: RecordEvent;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

const home = "/account/data";
const downloadPath = `${home}/download`;
const deletionPath = "/account/deletion";
const shownSignIns = 30;

/** The pages that a sign-in may return to. */
export const ownDataPages = [home, deletionPath] as const;

/** `/account/data`, one's sign-ins and one's data (GDPR articles 15 and 20); `/account/deletion` (article 17). */
export function ownDataRoutes(parts: OwnDataParts): Router {
  const router = new Router();
  router.use(...parts.formGuards);
  router.get(
    home,
    parts.signedIn(home, (ctx, account) => showData(ctx, parts, account)),
  );
  router.get(
    downloadPath,
    parts.freshlySignedIn(home, async (ctx, account) => {
      const data = await parts.ownData(account);
      const { sub } = account;
      await parts.record(requestEvent(ctx, "data-downloaded", "accepted", { subject: { sub } }));
      ctx.attachment("lopcommerce.json");
      ctx.type = "application/json";
      ctx.body = `${JSON.stringify(data, undefined, 2)}\n`;
    }),
  );
  addDeletionRoutes(router, parts);
  return router;
}

function addDeletionRoutes(router: Router, parts: OwnDataParts): void {
  router.get(
    deletionPath,
    parts.signedIn(deletionPath, (ctx, { email }) => showDeletion(ctx, email, [])),
  );
  router.post(
    deletionPath,
    parts.signedIn(deletionPath, async (ctx, account) => {
      const spending = spendingOf(account, parts.limits.limit("sign-in").spending(ctx.ip));
      const { current_password: password } = formFields(ctx.request.body, ["current_password"]);
      const typed = { field: "current_password", password };
      const mark = parts.cookies.known(ctx);
      const outcome = await checkOwnPassword(parts, account, typed, mark, spending);
      if (!outcome.accepted) {
        const about = { subject: { sub: account.sub } };
        if (spending.isSpent())
          await parts.record(requestEvent(ctx, "account-deleted", outcome, about));
        return showDeletion(ctx, account.email, outcome.problems);
      }
      // Somebody else who did it meanwhile did what was asked.
      await parts.deleteAccount({
        account,
        by: ownPerson,
        origin: requestOrigin(ctx),
      });
      forgetKeptPages(ctx);
      forgetSenders(ctx);
      seeOther(ctx, `${deletionPath}/done`);
    }),
  );
  router.get(`${deletionPath}/done`, (ctx) => renderPage(ctx, 200, "accounts/deleted", {}));
}

async function showData(ctx: Context, parts: OwnDataParts, account: Account): Promise<void> {
  const locale = pageState(ctx).locale ?? "fr";
  const signIns = await parts.ownSignIns(account, shownSignIns);
  await renderPage(ctx, 200, "accounts/data", {
    signIns: signIns.map(({ at, accepted, service, network }) => ({
      at: shownInstant(at, locale),
      isAccepted: accepted,
      service,
      network,
    })),
    downloadUrl: downloadPath,
    deletionUrl: deletionPath,
  });
}

async function showDeletion(
  ctx: Context,
  email: string,
  problems: readonly Problem[],
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderPage(ctx, status, "accounts/deletion", {
    form: { action: deletionPath, values: {}, problems },
    email,
    backUrl: "/account",
  });
}
