import type { RouterContext } from "@koa/router";
import type { Context } from "koa";
import { isAtLeast, requiredActReason } from "../accounts/index.ts";
import { type Invitation, formatSiret } from "../establishments/index.ts";
import { type Problem, AppError, readText } from "../foundation/index.ts";
import { formFields, refusedStatus, seeOther } from "../web/index.ts";
import type { ListedInvitation } from "./request-page-models.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { establishmentNames, moments, namesOf } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryNumber, queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffAnswer, StaffRouter } from "./staff-router.ts";
import { permitted, recordAct } from "./subject.ts";

/** Where the invitations that wait are listed. */
export const invitationsPath = "/admin/invitations";

const pageSize = 50;
const notices = [
  ...["invited", "invited-unmailed", "unchanged", "withdrawn", "sent-again", "letter-limit"],
] as const;

/** `/admin/invitations`: what waits for an address to be validated, the oldest first, until it is taken back. */
export function invitationRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const path = `${invitationsPath}/:id/withdraw`;
  const fresh = { role: "agent", fresh: true } as const;
  routes.page(invitationsPath, { role: "reader" }, (ctx, staff) => showList(ctx, parts, staff));
  routes.page(
    path,
    fresh,
    known(parts, (ctx, staff, invitation) =>
      invitation.state === "waiting"
        ? showWithdrawal(ctx, parts, staff, invitation, "", [])
        : seeOther(ctx, invitationsPath),
    ),
  );
  routes.act(
    path,
    fresh,
    known(parts, async (ctx, staff, invitation) => {
      const { reason } = formFields(ctx.request.body, ["reason"]);
      const why = readText(requiredActReason, reason);
      if (!why.accepted) return showWithdrawal(ctx, parts, staff, invitation, reason, why.problems);
      const command = { id: invitation.id, reason: why.value, by: staff.account.sub };
      const outcome = permitted(await parts.invitations.withdraw(command));
      if (!outcome.accepted)
        return showWithdrawal(ctx, parts, staff, invitation, reason, outcome.problems);
      seeOther(ctx, invitationsPath, { done: "withdrawn" });
    }),
  );
  routes.act(
    `${invitationsPath}/:id/resend`,
    { role: "agent" },
    known(parts, (ctx, staff, invitation) => resend(ctx, parts, staff, invitation)),
  );
}

async function resend(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  { id }: Invitation,
): Promise<void> {
  const outcome = permitted(await parts.invitations.sendAgain(id, staff.account.sub));
  if (outcome.accepted) {
    const details = { letter: "establishments/invited", invitation: id };
    await recordAct(ctx, parts, staff, { name: "letter-sent-again", details });
  }
  const isLimited = !outcome.accepted && outcome.problems[0].reason === "letter-limit";
  const done = isLimited ? "letter-limit" : "sent-again";
  // One that is over meanwhile is not in the list any more, and says so by that.
  seeOther(ctx, invitationsPath, { ...((outcome.accepted || isLimited) && { done }) });
}

/** @throws AppError 404 `invitation-unknown` */
function known(
  { invitations }: BackofficeParts,
  answer: (ctx: RouterContext, staff: StaffMember, invitation: Invitation) => Promise<void> | void,
): StaffAnswer {
  return async (ctx, staff) => {
    const id = ctx.params["id"] ?? "";
    const invitation = /^\d{1,9}$/.test(id) ? await invitations.find(Number(id)) : undefined;
    if (!invitation) throw new AppError("invitation-unknown", { status: 404 });
    await answer(ctx, staff, invitation);
  };
}

async function showList(ctx: Context, parts: BackofficeParts, staff: StaffMember): Promise<void> {
  const after = queryNumber(ctx, "after");
  // One more than a page holds tells whether another page follows.
  const found = await parts.invitations.list({ waiting: true, after, limit: pageSize + 1 });
  const shown = found.slice(0, pageSize);
  const last = found.length > pageSize ? shown.at(-1) : undefined;
  const mayAct = isAtLeast(staff.role, "agent");
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-invitations", {
    invitations: await listed(ctx, parts, shown, mayAct),
    organisationsUrl: parts.organisationAdmins ? "/admin/organisations" : undefined,
    inviteUrl: mayAct ? "/admin/invite" : undefined,
    nextUrl: last && `${invitationsPath}?after=${String(last.id)}`,
    done: notices.find((notice) => notice === queryValue(ctx, "done")),
    changed: queryNumber(ctx, "changed"),
    unchanged: queryNumber(ctx, "unchanged"),
    backUrl: "/admin",
  });
}

async function listed(
  ctx: Context,
  { accesses, accounts }: BackofficeParts,
  invitations: readonly Invitation[],
  mayAct: boolean,
): Promise<ListedInvitation[]> {
  const { day, until } = moments(ctx);
  const [nameOf, names] = await Promise.all([
    establishmentNames(
      accesses,
      invitations.map(({ siret }) => siret),
    ),
    namesOf(
      accounts,
      invitations.map(({ invitedBy }) => invitedBy),
    ),
  ]);
  return invitations.map(({ id, email, siret, invitedAt, invitedBy, reason, untilAt }) => ({
    ...{ email: email ?? "", formatted: formatSiret(siret), name: nameOf(siret), why: reason },
    invitedAt: day(invitedAt),
    invitedBy: names(invitedBy) ?? "",
    until: untilAt === undefined ? undefined : until(untilAt),
    resendAction: mayAct ? `${invitationsPath}/${String(id)}/resend` : undefined,
    withdrawUrl: mayAct ? `${invitationsPath}/${String(id)}/withdraw` : undefined,
  }));
}

async function showWithdrawal(
  ctx: Context,
  { accesses }: BackofficeParts,
  staff: StaffMember,
  { id, email, siret }: Invitation,
  reason: string,
  problems: readonly Problem[],
): Promise<void> {
  const nameOf = await establishmentNames(accesses, [siret]);
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-withdrawal", {
    form: { action: `${invitationsPath}/${String(id)}/withdraw`, values: { reason }, problems },
    ...{ email: email ?? "", formatted: formatSiret(siret), name: nameOf(siret) },
    backUrl: invitationsPath,
  });
}
