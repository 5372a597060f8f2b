import type { RouterContext } from "@koa/router";
import type { Context } from "koa";
import { isAtLeast, readEmail } from "../accounts/index.ts";
import { formatSiret } from "../establishments/index.ts";
import { type Problem, AppError } from "../foundation/index.ts";
import {
  type ListedCare,
  type QueuedColleagueRequest,
  formatSiren,
} from "../organisations/index.ts";
import { formFields, refusedStatus, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { ask } from "./questions.ts";
import { establishmentNames, moments, namesOf } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryNumber, queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffAnswer, StaffRouter } from "./staff-router.ts";
import { accountUrl, permitted } from "./subject.ts";

/** Where staff find administrators of organisations, and what they ask. */
export const organisationsPath = "/admin/organisations";
const path = organisationsPath;
const fresh = { role: "agent", fresh: true } as const;
const pageSize = 50;
const notices = ["given", "ended", "accepted", "refused", "over"] as const;

/**
 * `/admin/organisations…`: who has the care of an organisation, and what such administrators ask for their colleagues. There is no such
 * page while `ORGANISATION_ADMINS` is off.
 */
export function organisationRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const on: Guarded = (answer) => {
    return (ctx, staff) => {
      if (!parts.organisationAdmins) throw new AppError("not-found", { status: 404 });
      return answer(ctx, staff);
    };
  };
  routes.page(
    path,
    { role: "reader" },
    on((ctx, staff) => showList(ctx, parts, staff, {}, [])),
  );
  routes.act(
    `${path}/give`,
    fresh,
    on(async (ctx, staff) => {
      const form = formFields(ctx.request.body, ["email", "siren", "reason"]);
      const email = readEmail(form.email);
      if (!email.accepted) return showList(ctx, parts, staff, form, email.problems);
      const by = staff.account.sub;
      const outcome = permitted(await parts.cares.give({ ...form, email: email.value, by }));
      if (!outcome.accepted) return showList(ctx, parts, staff, form, outcome.problems);
      seeOther(ctx, path, { done: "given" });
    }),
  );
  careEndRoutes(routes, parts, on);
  requestRoutes(routes, parts, on);
}

type Guarded = (answer: StaffAnswer) => StaffAnswer;

function careEndRoutes(routes: StaffRouter, parts: BackofficeParts, on: Guarded): void {
  const care = (answer: CareAnswer) => on(found(ctxId, (id) => parts.cares.find(id), answer));
  routes.page(
    `${path}/cares/:id/end`,
    fresh,
    care(async (ctx, staff, { id, name, email, accountId, siren }) => {
      const count = await parts.colleagueRequests.waitingCount({ id: accountId }, siren);
      await ask(ctx, staff, {
        ...{ reason: "care-end", subject: `${name} · ${email} · ${formatSiren(siren)}` },
        effects: [{ name: "requests-ended", count }],
        ...{ action: `${path}/cares/${String(id)}/end`, backUrl: path },
      });
    }),
  );
  routes.act(
    `${path}/cares/:id/end`,
    fresh,
    care(async (ctx, staff, { id }) => {
      const outcome = permitted(await parts.cares.end(id, staff.account.sub));
      seeOther(ctx, path, { done: outcome.accepted ? "ended" : "over" });
    }),
  );
}

type CareAnswer = (ctx: RouterContext, staff: StaffMember, care: ListedCare) => Promise<void>;

function requestRoutes(routes: StaffRouter, parts: BackofficeParts, on: Guarded): void {
  const { colleagueRequests } = parts;
  const known = (
    answer: (ctx: RouterContext, staff: StaffMember, of: QueuedColleagueRequest) => Promise<void>,
  ) => on(found(ctxId, (id) => colleagueRequests.find(id), answer));
  const url = `${path}/requests/:id`;
  routes.page(
    url,
    { role: "reader" },
    known((ctx, staff, request) => showRequest(ctx, parts, staff, request)),
  );
  routes.act(
    `${url}/accept`,
    fresh,
    known(async (ctx, staff, request) => {
      const outcome = permitted(await colleagueRequests.accept(request.id, staff.account.sub));
      if (outcome.accepted) seeOther(ctx, path, { done: "accepted" });
      else
        await showRequest(ctx, parts, staff, request, { problems: [plain(outcome.problems[0])] });
    }),
  );
  routes.act(
    `${url}/refuse`,
    fresh,
    known(async (ctx, staff, request) => {
      const { reason } = formFields(ctx.request.body, ["reason"]);
      const by = staff.account.sub;
      const outcome = permitted(await colleagueRequests.refuse(request.id, by, reason));
      if (outcome.accepted) seeOther(ctx, path, { done: "refused" });
      else await showRequest(ctx, parts, staff, request, { reason, problems: outcome.problems });
    }),
  );
}

/** What an act behind the decision refuses, in a sentence of this page. */
function plain({ reason }: Problem): Problem {
  const own = ["request-not-waiting", "care-over", "access-not-open", "account-not-active"];
  return { reason: own.includes(reason) ? `colleague-${reason}` : "colleague-not-done" };
}

const ctxId = (ctx: Context & { readonly params: Readonly<Record<string, string>> }) => {
  const id = ctx.params["id"] ?? "";
  return /^\d{1,9}$/.test(id) ? Number(id) : 0;
};

/** @throws AppError 404 `request-unknown` */
function found<Found>(
  idOf: typeof ctxId,
  find: (id: number) => Promise<Found | undefined>,
  answer: (ctx: RouterContext, staff: StaffMember, found: Found) => Promise<void>,
): StaffAnswer {
  return async (ctx, staff) => {
    const value = await find(idOf(ctx));
    if (value === undefined) throw new AppError("request-unknown", { status: 404 });
    await answer(ctx, staff, value);
  };
}

async function showList(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  values: Readonly<Record<string, string>>,
  problems: readonly Problem[],
): Promise<void> {
  const before = queryNumber(ctx, "before");
  // One more than a page holds tells whether another page follows.
  const [requests, found] = await Promise.all([
    parts.colleagueRequests.waiting(),
    parts.cares.list({ before, limit: pageSize + 1 }),
  ]);
  const cares = found.slice(0, pageSize);
  const last = found.length > pageSize ? cares.at(-1) : undefined;
  const names = await namesOf(
    parts.accounts,
    cares.map(({ givenBy }) => givenBy),
  );
  const { day } = moments(ctx);
  const mayAct = isAtLeast(staff.role, "agent");
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-organisations", {
    requests: requests.map(({ id, kind, email = "", siren, siret, askedAt, askedBy }) => ({
      ...{ kind, email, askedBy, formatted: formatSiret(siret), asked: day(askedAt) },
      ...{ url: `${path}/requests/${String(id)}`, organisation: formatSiren(siren) },
    })),
    cares: cares.map(({ id, sub, name, email, siren, givenAt, givenBy, counts }) => ({
      ...{ name, email, counts, accountUrl: accountUrl({ sub }), given: day(givenAt) },
      ...{ organisation: formatSiren(siren), givenBy: names(givenBy) ?? "" },
      endUrl: mayAct ? `${path}/cares/${String(id)}/end` : undefined,
    })),
    nextUrl: last && `${path}?before=${String(last.id)}`,
    form: { action: `${path}/give`, values, problems },
    mayGive: mayAct,
    done: notices.find((notice) => notice === queryValue(ctx, "done")),
    backUrl: "/admin/requests",
  });
}

async function showRequest(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  request: QueuedColleagueRequest,
  sent: { readonly reason?: string; readonly problems?: readonly Problem[] } = {},
): Promise<void> {
  const { id, kind, email, siren, siret, state, askedAt, message, reason: why } = request;
  const { reason = "", problems = [] } = sent;
  const [nameOf, known] = await Promise.all([
    establishmentNames(parts.accesses, [siret]),
    email === undefined ? undefined : parts.accounts.findByEmail(email),
  ]);
  const url = `${path}/requests/${String(id)}`;
  const mayAct = state === "waiting" && isAtLeast(staff.role, "agent");
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-colleague-request", {
    request: {
      ...{ kind, email: email ?? "", state, message, reason: why },
      ...{ formatted: formatSiret(siret), establishment: nameOf(siret) },
      ...{ asked: moments(ctx).instant(askedAt), organisation: formatSiren(siren) },
      ...{ askedBy: request.askedBy, askerUrl: accountUrl(request) },
      colleague: known && {
        name: `${known.account.givenName} ${known.account.familyName}`,
        url: accountUrl(known.account),
      },
    },
    form: { action: `${url}/refuse`, values: { reason }, problems },
    acceptAction: mayAct ? `${url}/accept` : undefined,
    backUrl: path,
  });
}
