import type { Context } from "koa";
import { type Account, isAtLeast } from "../accounts/index.ts";
import { type QueuedRequest, type Siret, formatSiret } from "../establishments/index.ts";
import type { Problem } from "../foundation/index.ts";
import { refusedStatus } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { requestsPath } from "./request-list-routes.ts";
import { moments, namesOf } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import { accountUrl, untouchable } from "./subject.ts";

const notices = ["taken", "handed-on", "let-go"] as const;

/** What was begun on the page of a request, and what was just done there. */
interface RequestPageState {
  readonly values?: Readonly<Record<string, string>>;
  readonly chosen?: readonly Siret[];
  readonly problems?: readonly Problem[];
  readonly done?: (typeof notices)[number];
}

/** The page of a request. */
export function requestUrl({ id }: Pick<QueuedRequest, "id">): string {
  return `${requestsPath}/${String(id)}`;
}

/** The name of the box of an establishment: one of its own each, for a field given twice is refused. */
export function boxOf(siret: string): string {
  return `siret-${siret}`;
}

/** A request with what was typed to accept it; every box is ticked before anything was. */
export async function showRequest(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  seen: QueuedRequest,
  { values = {}, chosen = seen.sirets, problems: found = [], done }: RequestPageState = {},
): Promise<void> {
  const isRefused = found.length > 0;
  const request = isRefused || done ? await asItIsNow(parts, seen) : seen;
  const account = await parts.findAccount(request.sub);
  const isWaiting = request.state === "waiting";
  const problems = isRefused && !isWaiting ? [notWaiting] : found;
  const may = mayDecide(staff, request, account);
  const url = requestUrl(request);
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-request", {
    form: { action: `${url}/accept`, values, problems },
    done: done ?? notices.find((notice) => notice === queryValue(ctx, "done")),
    request: await shownRequest(ctx, parts, request, account),
    establishments: await boxes(parts, request, chosen),
    held: await heldBy(parts, account),
    earlier: await earlierOf(ctx, parts, request),
    charge: isWaiting
      ? await chargeOf(ctx, parts, staff, { request, mayAct: may.mayDecide })
      : undefined,
    ...may,
    refuseUrl: `${url}/refuse`,
    backUrl: requestsPath,
  });
}

/** It is another by what was just done, or a colleague may have decided since. */
async function asItIsNow({ accessRequests }: BackofficeParts, seen: QueuedRequest) {
  return (await accessRequests.find(seen.id)) ?? seen;
}

const notWaiting: Problem = { reason: "request-not-waiting" };

/** Whether this member of staff decides about what waits, or why they may not. */
function mayDecide(staff: StaffMember, { state }: QueuedRequest, account: Account | undefined) {
  if (state !== "waiting" || !isAtLeast(staff.role, "agent"))
    return { mayDecide: false, untouchable: undefined };
  const why = account && untouchable(staff, account);
  return { mayDecide: why === undefined, untouchable: why };
}

/** The page that asks why a request is refused. */
export async function showRefusal(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  request: QueuedRequest,
  reason: string,
  problems: readonly Problem[],
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  const url = requestUrl(request);
  await renderStaffPage(ctx, staff, status, "backoffice/staff-request-refusal", {
    form: { action: `${url}/refuse`, values: { reason }, problems },
    email: request.email ?? "",
    establishments: (await boxes(parts, request, [])).filter(({ state }) => state === "waiting"),
    backUrl: url,
  });
}

async function shownRequest(
  ctx: Context,
  { accounts }: BackofficeParts,
  request: QueuedRequest,
  account: Account | undefined,
) {
  const { instant } = moments(ctx);
  const { email, givenName, familyName, state, message, clientId, reason } = request;
  const names = await namesOf(accounts, [request.decidedBy]);
  return {
    ...{ email, state, message, clientId },
    person: email === undefined ? undefined : `${givenName} ${familyName}`,
    accountUrl: account && accountUrl(account),
    asked: instant(request.askedAt),
    decided: request.decidedAt === undefined ? undefined : instant(request.decidedAt),
    decidedBy: names(request.decidedBy),
    why: reason,
    refusalReason: request.refusalReason,
  };
}

async function boxes(
  { accessRequests }: BackofficeParts,
  request: QueuedRequest,
  chosen: readonly Siret[],
) {
  const about = await accessRequests.about(request);
  return request.establishments.map(({ siret, state }) => {
    const { name, address, state: inDirectory, holders = [], hasMore } = about.get(siret) ?? {};
    return {
      ...{ state, name, address },
      isClosed: inDirectory === "closed",
      field: boxOf(siret),
      formatted: formatSiret(siret),
      checked: chosen.includes(siret),
      holders: holders.map((holder) => ({ ...holder, url: accountUrl(holder) })),
      moreUrl: hasMore ? `/admin?q=${siret}` : undefined,
    };
  });
}

/** So many of what a person holds, or asked before, are shown; the page of the account has all. */
const mostShown = 5;

async function heldBy({ accesses }: BackofficeParts, account: Account | undefined) {
  const open = account ? await accesses.openEstablishments(account.sub) : [];
  return {
    count: open.length,
    first: open
      .slice(0, mostShown)
      .map(({ siret, name }) => ({ formatted: formatSiret(siret), name })),
  };
}

async function earlierOf(
  ctx: Context,
  { accessRequests }: BackofficeParts,
  request: QueuedRequest,
) {
  const all = await accessRequests.ofAccount(request.accountId, mostShown + 1);
  const { day } = moments(ctx);
  return all
    .filter(({ id }) => id !== request.id)
    .slice(0, mostShown)
    .map((each) => ({
      url: requestUrl(each),
      asked: day(each.askedAt),
      state: each.state,
      count: each.sirets.length,
    }));
}

/** Who has it in charge, and to whom it may be handed on. */
async function chargeOf(
  ctx: Context,
  { accounts, administration }: BackofficeParts,
  staff: StaffMember,
  { request, mayAct }: { readonly request: QueuedRequest; readonly mayAct: boolean },
) {
  const { takenBy, takenAt } = request;
  const names = await namesOf(accounts, [takenBy]);
  const own = staff.account.sub;
  const colleagues = mayAct ? await administration.staff() : [];
  return {
    by: names(takenBy),
    since: takenAt === undefined ? undefined : moments(ctx).instant(takenAt),
    isOwn: takenBy === own,
    seen: takenBy ?? "",
    own,
    action: mayAct ? `${requestUrl(request)}/charge` : undefined,
    colleagues: colleagues
      .filter(
        ({ sub, role }) => sub !== own && sub !== takenBy && (role === "agent" || role === "admin"),
      )
      .filter(({ sub }) => sub !== request.sub)
      .map(({ sub, givenName, familyName }) => ({
        value: sub,
        label: `${givenName} ${familyName}`,
      })),
  };
}
