import type { Context } from "koa";
import { type Account, isAtLeast } from "../accounts/index.ts";
import { serviceName } from "../clients/index.ts";
import { type AccessEntry, filtered, formatSiret } from "../establishments/index.ts";
import { type PageModels, listPage, listQuery } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { requestUrl } from "./request-pages.ts";
import { showFactors } from "./factors-shown.ts";
import { listedAccess, listedEvent, moments, namesOf, subjectKeyOf } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryNumber, queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl, seen, untouchable } from "./subject.ts";

type Model = PageModels["backoffice/staff-account"];

const signInsShown = 10;
const mailsShown = 20;

/** What was just done, said once by the page that follows: each worded by `staff-account.done.<what>`. */
const notices = [
  ...["disabled", "enabled", "recovery", "sessions", "opened", "closed", "unchanged"],
  ...["factors-reset", "email-asked", "mail"],
  ...["letter", "letter-over", "letter-limit", "resend-too-soon"],
];

/** `/admin/accounts/:sub`: all that is known of a person. */
export function accountPageRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  routes.page(
    "/admin/accounts/:sub",
    { role: "reader" },
    seen(parts, async (ctx, staff, account) => {
      const [accesses, records, factors, identity] = await Promise.all([
        accessesOf(ctx, parts, staff, account),
        recordsOf(ctx, parts, staff, account),
        showFactors(ctx, parts, account),
        identityOf(ctx, parts, account),
      ]);
      const hasFactor = factors.application !== undefined || factors.passkeys.length > 0;
      await renderStaffPage(ctx, staff, 200, "backoffice/staff-account", {
        account: identity,
        requests: await waitingOf(ctx, parts, account),
        factors,
        done: notices.find((notice) => notice === queryValue(ctx, "done")),
        changed: queryNumber(ctx, "changed"),
        unchanged: queryNumber(ctx, "unchanged"),
        untouchable: untouchable(staff, account),
        seenUrl: `${accountUrl(account)}/seen`,
        claimsUrl: `${accountUrl(account)}/claims`,
        auditUrl: `/admin/audit?person=${encodeURIComponent(account.sub)}`,
        ...accesses,
        ...records,
        acts: actsOf(staff, account, { hasAccess: accesses.openList.total > 0, hasFactor }),
      });
    }),
  );
}

/** The requests that wait for a decision: three at most. */
async function waitingOf(
  ctx: Context,
  { accessRequests }: BackofficeParts,
  { id }: Account,
): Promise<Model["requests"]> {
  const { instant } = moments(ctx);
  const waiting = await accessRequests.list({ state: "waiting", accountId: id });
  return waiting.map((request) => ({
    url: requestUrl(request),
    asked: instant(request.askedAt),
    establishments: request.sirets.slice(0, 3).map(formatSiret).join(", "),
    more: Math.max(0, request.sirets.length - 3),
  }));
}

async function identityOf(
  ctx: Context,
  { clients, clock, addressChanges }: BackofficeParts,
  account: Account,
): Promise<Model["account"]> {
  const { instant } = moments(ctx);
  const client = account.clientId === undefined ? undefined : clients.find(account.clientId);
  const change = await addressChanges.waitingOf(account.sub, clock.epochSeconds());
  return {
    newEmail: change && { email: change.email, byStaff: change.askedBy !== undefined },
    sub: account.sub,
    email: account.email,
    name: `${account.givenName} ${account.familyName}`,
    state: account.state,
    role: account.role,
    language: account.locale,
    created: instant(account.createdAt),
    validated: instant(account.emailVerifiedAt),
    service: client && serviceName(client),
  };
}

/** What this member of staff may do to the account, as it is. */
function actsOf(
  staff: StaffMember,
  account: Account,
  { hasAccess = false, hasFactor = false } = {},
): Model["acts"] {
  if (untouchable(staff, account) || !isAtLeast(staff.role, "agent")) return {};
  const url = accountUrl(account);
  const deleteUrl = staff.role === "admin" ? `${url}/delete` : undefined;
  const closeUrl = hasAccess ? `${url}/close` : undefined;
  const resetUrl = hasFactor ? `${url}/factors/reset` : undefined;
  if (account.state === "disabled")
    return { enable: `${url}/enable`, closeUrl, resetUrl, deleteUrl };
  return {
    openUrl: `${url}/open`,
    closeUrl,
    resetUrl,
    emailUrl: `${url}/email`,
    disableUrl: `${url}/disable`,
    recovery: `${url}/recovery`,
    endSessionsUrl: `${url}/sessions/end`,
    resumeMail: `${url}/mail/resume`,
    deleteUrl,
  };
}

async function accessesOf(
  ctx: Context,
  { accesses, accounts }: BackofficeParts,
  staff: StaffMember,
  account: Account,
): Promise<Pick<Model, "open" | "openList" | "past" | "pastList">> {
  const entries = await accesses.list({ accountId: account.id });
  const listed = (state: AccessEntry["state"], name: string) => {
    const all = entries.filter((entry) => entry.state === state);
    if (state === "ended") all.reverse();
    const asked = listQuery(ctx, name);
    return listPage(accountUrl(account), asked, {
      found: filtered(all, asked.q),
      total: all.length,
    });
  };
  const open = listed("open", "page");
  const past = listed("ended", "past");
  const people = [...open.shown, ...past.shown].flatMap((entry) => [
    entry.openedBy,
    entry.closedBy,
  ]);
  const names = await namesOf(accounts, people);
  const shown = moments(ctx);
  const { closeUrl } = actsOf(staff, account, { hasAccess: true });
  return {
    open: open.shown.map((entry) =>
      listedAccess(entry, shown, names, closeUrl && `${closeUrl}?siret=${entry.siret}`),
    ),
    openList: open.list,
    past: past.shown.map((entry) => listedAccess(entry, shown, names)),
    pastList: past.list,
  };
}

async function recordsOf(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  account: Account,
): Promise<Pick<Model, "signIns" | "sessions" | "mails" | "refusedMail">> {
  const shown = moments(ctx);
  const [refusal, signIns, sessions, mails] = await Promise.all([
    parts.refusedAddresses.find(account.email),
    parts.audit.signIns(account, signInsShown),
    parts.sessions.list(ctx, account),
    parts.outbox.fatesOf(account.sub, mailsShown),
  ]);
  const { endSessionsUrl, resumeMail } = actsOf(staff, account);
  const actionOf = (id: string) =>
    endSessionsUrl === undefined ? undefined : `${accountUrl(account)}/sessions/${id}/end`;
  const again = newestAgain(parts, account, mails);
  return {
    refusedMail: refusal && {
      ...{ reason: refusal.reason, isStopped: refusal.isStopped, at: shown.instant(refusal.at) },
      resumeAction: refusal.isStopped ? resumeMail : undefined,
    },
    signIns: signIns.map((entry) => listedEvent(entry, shown, (word) => word)),
    sessions: sessions.map(({ id, since, services, openedIn }) => ({
      ...openedIn,
      since: shown.instant(since),
      services: services.join(", "),
      endAction: actionOf(id),
    })),
    mails: mails.map((mail, place) => ({
      again: resumeMail === undefined ? undefined : again(mail.name, place),
      ...shownMail(mail, shown),
    })),
  };
}

type Mail = Awaited<ReturnType<BackofficeParts["outbox"]["fatesOf"]>>[number];

/** Beside the newest of its kind alone: what is made anew is what is true now. */
function newestAgain({ lettersAgain }: BackofficeParts, account: Account, mails: readonly Mail[]) {
  return (name: string, place: number) => {
    const isNewest = mails.findIndex((each) => each.name === name) === place;
    const makes = lettersAgain[name] !== undefined && account.state === "active";
    return isNewest && makes
      ? { action: `${accountUrl(account)}/letters/resend`, name }
      : undefined;
  };
}

function shownMail(
  { name, state, createdAt, endedAt, attempts, lastError }: Mail,
  { instant }: ReturnType<typeof moments>,
) {
  return {
    subjectKey: subjectKeyOf(name),
    state,
    asked: instant(createdAt),
    ended: endedAt === undefined ? undefined : instant(endedAt),
    attempts: String(attempts),
    error: lastError,
  };
}
