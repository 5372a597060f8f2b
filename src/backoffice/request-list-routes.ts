import type { Context } from "koa";
import { isAtLeast } from "../accounts/index.ts";
import { type QueuedRequest, formatSiret } from "../establishments/index.ts";
import { days } from "../foundation/index.ts";
import type { ListedRequest } from "./request-page-models.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { organisationsPath } from "./organisation-routes.ts";
import { establishmentNames, moments, namesOf } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryNumber, queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";

/** Where the queue stands, and each request below it. */
export const requestsPath = "/admin/requests";
/** Where each member of staff chooses whether a letter tells them of requests. */
export const noticesPath = `${requestsPath}/notices`;

/** The name of the box that takes one request of the queue. */
export const boxOf = (id: number | string) => `request-${String(id)}`;

const pageSize = 50;
const states = ["waiting", "accepted", "refused"] as const;
const notices = ["accepted", "open", "refused", "several"] as const;
/** Days that a request may be older than. */
const ages = [2, 7] as const;

/** `/admin/requests`: what partners ask to be opened, the oldest first; and what was decided. */
export function requestListRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  routes.page(requestsPath, { role: "reader" }, (ctx, staff) => show(ctx, parts, staff));
}

async function show(ctx: Context, parts: BackofficeParts, staff: StaffMember): Promise<void> {
  const state = states.find((each) => each === queryValue(ctx, "state")) ?? "waiting";
  const after = queryNumber(ctx, "after");
  const older = ages.find((age) => String(age) === queryValue(ctx, "older"));
  const askedBefore = older === undefined ? undefined : parts.clock.epochSeconds() - days(older);
  // One more than a page holds tells whether another page follows.
  const filter = { state, askedBefore, after, limit: pageSize + 1 };
  const found = await parts.accessRequests.list(filter);
  const shown = found.slice(0, pageSize);
  const last = found.length > pageSize ? shown.at(-1) : undefined;
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-requests", {
    state,
    views: states.map((name) => ({ name, url: `${requestsPath}?state=${name}` })),
    requests: await listed(ctx, parts, shown),
    older: older && { days: older, allUrl: `${requestsPath}?state=${state}` },
    nextUrl: last && nextUrl(state, older, last),
    invitationsUrl: "/admin/invitations",
    noticesUrl: noticesPath,
    colleagues: await colleaguesOf(parts),
    done: notices.find((notice) => notice === queryValue(ctx, "done")),
    changed: queryNumber(ctx, "changed"),
    unchanged: queryNumber(ctx, "unchanged"),
    shown: shown.map(({ id }) => id).join(" "),
    decideAction:
      state === "waiting" && isAtLeast(staff.role, "agent")
        ? `${requestsPath}/decide/preview`
        : undefined,
  });
}

/** What administrators of organisations ask: a list of its own, which nobody is to forget for this one. */
async function colleaguesOf({ colleagueRequests, organisationAdmins, clock }: BackofficeParts) {
  if (!organisationAdmins) return undefined;
  const { count } = await colleagueRequests.waitingSpan(clock.epochSeconds());
  return count === 0 ? undefined : { count, url: organisationsPath };
}

function nextUrl(state: string, older: number | undefined, { id }: QueuedRequest): string {
  const also = older === undefined ? "" : `&older=${String(older)}`;
  return `${requestsPath}?state=${state}${also}&after=${String(id)}`;
}

async function listed(
  ctx: Context,
  { accesses, accounts }: BackofficeParts,
  requests: readonly QueuedRequest[],
): Promise<ListedRequest[]> {
  const firsts = requests.flatMap(({ sirets }) => sirets.slice(0, 1));
  const nameOf = await establishmentNames(accesses, firsts);
  const { instant } = moments(ctx);
  const names = await namesOf(
    accounts,
    requests.map(({ takenBy }) => takenBy),
  );
  return requests.map(({ id, givenName, familyName, email, sirets, state, askedAt, takenBy }) => ({
    // Builds that know no withdrawal keep it among the refused.
    isWithdrawn: state === "withdrawn",
    url: `${requestsPath}/${String(id)}`,
    box: boxOf(id),
    person: email === undefined ? undefined : `${givenName} ${familyName}`,
    email,
    first: sirets.slice(0, 1).map((siret) => ({
      formatted: formatSiret(siret),
      name: nameOf(siret),
    })),
    count: sirets.length,
    asked: instant(askedAt),
    takenBy: names(takenBy),
  }));
}
