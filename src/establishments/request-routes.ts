import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import type { Account, SignedInDoors } from "../accounts/index.ts";
import type { Problem } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import {
  formFields,
  pageState,
  refusedStatus,
  renderPage,
  requestEvent,
  seeOther,
  requestOrigin,
} from "../web/index.ts";
import type { AccessRequests } from "./access-requests.ts";
import { tickedProposals } from "./proposals.ts";
import { askedQuery, requestNotice, shownRequests } from "./shown-requests.ts";

/** Where a person asks for access, and sees what became of it. */
export const accessRequestsPath = "/account/requests";

/** Where the form that takes one back is sent. */
const withdrawalPath = `${accessRequestsPath}/withdraw`;

/** What the page of one's own requests is served with. */
export interface AccessRequestRouteParts extends Pick<SignedInDoors, "signedIn"> {
  readonly accessRequests: AccessRequests;
  readonly record: RecordEvent;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

/** The person's own requests; the page asks to sign in first. */
export function accessRequestRoutes(parts: AccessRequestRouteParts): Router {
  const router = new Router();
  router.get(
    accessRequestsPath,
    parts.signedIn(accessRequestsPath, (ctx, account) => show(ctx, parts, account)),
  );
  router.post(
    accessRequestsPath,
    ...parts.formGuards,
    parts.signedIn(accessRequestsPath, async (ctx, account) => {
      const form = formFields(ctx.request.body, ["sirets", "message"]);
      const proposed = tickedProposals(ctx.request.body);
      const outcome = await parts.accessRequests.ask({
        ...{ account, ...form, proposed, context: requestOrigin(ctx) },
      });
      if (!outcome.accepted) {
        const subject = { sub: account.sub };
        await parts.record(requestEvent(ctx, "access-requested", outcome, { subject }));
        return show(ctx, parts, account, outcome.problems, form);
      }
      seeOther(ctx, `${accessRequestsPath}?${askedQuery(outcome.value)}`);
    }),
  );
  router.post(
    withdrawalPath,
    ...parts.formGuards,
    parts.signedIn(accessRequestsPath, async (ctx, account) => {
      const { request } = formFields(ctx.request.body, ["request"]);
      // One that was decided meanwhile stands on the page that follows.
      const outcome = await withdrawRequest(parts.accessRequests, account, request);
      seeOther(ctx, accessRequestsPath + (outcome.accepted ? "?done=withdrawn" : ""));
    }),
  );
  return router;
}

/** Takes back the request that a form names. */
export function withdrawRequest(
  accessRequests: AccessRequests,
  account: Pick<Account, "id" | "sub">,
  typedId: string,
): ReturnType<AccessRequests["withdraw"]> {
  const id = /^[1-9][0-9]{0,8}$/.test(typedId) ? Number(typedId) : 0;
  return accessRequests.withdraw({ id, account });
}

async function show(
  ctx: Context,
  { accessRequests }: AccessRequestRouteParts,
  account: Account,
  problems: readonly Problem[] = [],
  typed: Readonly<Record<string, string>> = {},
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  const requests = await accessRequests.ofAccount(account.id);
  await renderPage(ctx, status, "establishments/access-requests", {
    form: { action: accessRequestsPath, values: typed, problems },
    notice: await requestNotice(ctx.query, (sirets) => accessRequests.known(account, sirets)),
    requests: shownRequests(requests, pageState(ctx).locale ?? "fr", withdrawalPath),
    email: account.email,
    accountUrl: "/account",
  });
}
