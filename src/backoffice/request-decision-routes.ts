import type { Context } from "koa";
import type { QueuedRequest } from "../establishments/index.ts";
import type { Problem } from "../foundation/index.ts";
import { formFields, refusedStatus, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { boxOf, requestsPath } from "./request-list-routes.ts";
import type { StaffMember } from "./staff-member.ts";
import { renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { untouchable } from "./subject.ts";

const fresh = { role: "agent", fresh: true } as const;
const decisions = ["accept", "refuse"] as const;
/** As many as a page of the queue has. */
const mostAtOnce = 50;
const nameOfBox = /^request-(\d{1,9})$/;

/** What several requests are decided as, and which. */
interface Several {
  readonly decision: (typeof decisions)[number];
  readonly ids: readonly number[];
  readonly reason: string;
}

/**
 * `/admin/requests/decide`: several requests at once, for one reason, after a page that counts them. Each is decided by
 * itself, with its own letter: one that a colleague was faster with holds up no other, and the numbers say so.
 */
export function requestDecisionRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const path = `${requestsPath}/decide`;
  // No request is called so: who comes back to the address of the form is led to the list.
  routes.page(path, { role: "reader" }, (ctx) => seeOther(ctx, requestsPath));
  routes.act(`${path}/preview`, fresh, (ctx, staff) => preview(ctx, parts, staff, severalOf(ctx)));
  routes.act(path, fresh, async (ctx, staff) => {
    const several = severalOf(ctx);
    const { decision, ids, reason } = several;
    if (decision === "refuse" && reason.trim() === "")
      return preview(ctx, parts, staff, several, [{ field: "reason", reason: "reason-missing" }]);
    const by = staff.account.sub;
    let changed = 0;
    for (const id of ids) {
      const outcome =
        decision === "accept"
          ? await parts.accessRequests.accept({ id, reason, by })
          : await parts.accessRequests.refuse({ id, reason, by });
      if (outcome.accepted) changed += 1;
      else if (outcome.problems[0].field === "reason")
        return preview(ctx, parts, staff, several, outcome.problems);
    }
    seeOther(ctx, requestsPath, { done: "several", changed, unchanged: ids.length - changed });
  });
}

/** Of what is not a decision or a request nothing is taken. "All" are those that the page showed, not what came since. */
function severalOf(ctx: Context): Several {
  const fields = ["decision", "reason", "all", "shown"] as const;
  const { decision, reason, all, shown } = formFields(ctx.request.body, fields);
  const boxes = all === "on" ? shown.split(" ").map(boxOf) : Object.keys(ctx.request.body ?? {});
  const ids = boxes.flatMap((name) => {
    const [, id] = nameOfBox.exec(name) ?? [];
    return id === undefined ? [] : [Number(id)];
  });
  const known = decisions.find((each) => each === decision);
  if (!known) return { decision: "refuse", ids: [], reason };
  return { decision: known, ids: [...new Set(ids)].slice(0, mostAtOnce), reason };
}

async function preview(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  { decision, ids, reason }: Several,
  problems: readonly Problem[] = [],
): Promise<void> {
  const requests = await decidable(parts, staff, ids);
  if (requests.length === 0) {
    seeOther(ctx, requestsPath, { done: "several", changed: 0, unchanged: ids.length });
    return;
  }
  const waiting = requests.flatMap(({ establishments }) => establishments.filter(isWaiting));
  const effects = [
    { name: `requests-${decision}`, count: requests.length },
    { name: "requests-people", count: new Set(requests.map(({ sub }) => sub)).size },
    { name: `requests-establishments-${decision}`, count: waiting.length },
    { name: "requests-left", count: ids.length - requests.length },
  ];
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-requests-decision", {
    isOfOneLanguage: true,
    form: { action: `${requestsPath}/decide`, values: { reason }, problems },
    reason: decision,
    effects,
    requests: requests.map(({ givenName, familyName, email = "", establishments }) => ({
      ...{ person: `${givenName} ${familyName}`, email },
      count: establishments.filter(isWaiting).length,
    })),
    sent: {
      decision,
      ...Object.fromEntries(requests.map(({ id }) => [boxOf(id), "on"])),
    },
    backUrl: requestsPath,
  });
}

function isWaiting({ state }: QueuedRequest["establishments"][number]): boolean {
  return state === "waiting";
}

/** Those that wait still and that this member of staff may decide; the acts judge by the same rules. */
async function decidable(
  { accessRequests, accounts }: BackofficeParts,
  staff: StaffMember,
  ids: readonly number[],
): Promise<QueuedRequest[]> {
  const found: QueuedRequest[] = [];
  for (const id of ids) {
    const request = await accessRequests.find(id);
    if (request?.state === "waiting") found.push(request);
  }
  const people = await accounts.findAllBySub(found.map(({ sub }) => sub));
  const touchable = new Set(
    people.filter((account) => !untouchable(staff, account)).map(({ sub }) => sub),
  );
  return found.filter(({ sub }) => touchable.has(sub));
}
