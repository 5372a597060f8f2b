import Router from "@koa/router";
import type { Middleware } from "koa";
import { type SignedInDoors, shownDay, shownInstant } from "../accounts/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import { formFields, pageState, renderPage, requestEvent, seeOther } from "../web/index.ts";
import type { GrantedApplications } from "./granted-applications.ts";

/** Where people see what applications know of them. */
export const applicationsPath = "/account/applications";

const withdrawPath = `${applicationsPath}/withdraw`;

/** What the page is served with. */
export interface ApplicationPageParts extends Pick<SignedInDoors, "signedIn"> {
  readonly applications: GrantedApplications;
  readonly record: RecordEvent;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

/** `/account/applications`: what applications were allowed to know, and the button that takes it back (GDPR article 7.3). */
export function applicationRoutes(parts: ApplicationPageParts): Router {
  const { applications, record, signedIn } = parts;
  const router = new Router();
  router.use(...parts.formGuards);
  router.get(
    applicationsPath,
    signedIn(applicationsPath, async (ctx, account) => {
      const locale = pageState(ctx).locale ?? "fr";
      const held = await applications.list(account);
      await renderPage(ctx, 200, "provider/applications", {
        isDone: ctx.query["done"] === "withdrawn",
        withdrawAction: withdrawPath,
        applications: held.map(({ clientId, since, lastUsedAt, ...shown }) => ({
          ...shown,
          clientId,
          since: shownDay(since, locale),
          lastUsed: lastUsedAt === undefined ? undefined : shownInstant(lastUsedAt, locale),
        })),
      });
    }),
  );
  router.post(
    withdrawPath,
    signedIn(applicationsPath, async (ctx, account) => {
      const { client_id: clientId } = formFields(ctx.request.body, ["client_id"]);
      const withdrawn = await applications.withdraw(account, clientId);
      const about = { subject: account, clientId };
      if (withdrawn) await record(requestEvent(ctx, "consent-withdrawn", "accepted", about));
      seeOther(ctx, applicationsPath + (withdrawn ? "?done=withdrawn" : ""));
    }),
  );
  return router;
}
