import type { Context } from "koa";
import { type Account, isAtLeast, waitingForm } from "../accounts/index.ts";
import { type EmailAddress, type Problem, parseEmailAddress } from "../foundation/index.ts";
import type { ListedAccount } from "./work-page-models.ts";
import { refusedStatus, requestEvent, seeOther } from "../web/index.ts";
import type { FoundAccounts } from "./account-search.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { exportPath } from "./export-routes.ts";
import { invitationsPath } from "./invitation-routes.ts";
import { pendingRow } from "./pending-row.ts";
import { moments } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryNumber, queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl } from "./subject.ts";
import { showDays, showWork } from "./work-shown.ts";

/** `/admin`: what waits, and how the last ninety days went; finds accounts, and the sign-ups that wait at an address. */
export function accountListRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  routes.page("/admin", { role: "reader" }, async (ctx, staff) => {
    const typed = queryValue(ctx, "q");
    const found = await parts.search(typed, queryNumber(ctx, "before"));
    await show(
      ctx,
      parts,
      staff,
      typed,
      found.accepted ? found.value : { problems: found.problems },
    );
  });
  routes.act("/admin/sign-ups/:id/resend", { role: "agent" }, async (ctx, staff) => {
    const outcome = await parts.pendingSignUps.resend(ctx.params["id"] ?? "");
    const about = { actor: staff.account.sub };
    const subject = outcome.accepted ? { email: outcome.value } : undefined;
    const event = requestEvent(ctx, "validation-letter-requested", outcome, { ...about, subject });
    await parts.record(event);
    if (!outcome.accepted) return show(ctx, parts, staff, "", { problems: outcome.problems });
    seeOther(ctx, "/admin", { q: outcome.value, done: "resent" });
  });
}

async function show(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  typed: string,
  shown: Partial<FoundAccounts> & { readonly problems?: readonly Problem[] },
): Promise<void> {
  const { accounts = [], next, problems = [] } = shown;
  const mayAct = isAtLeast(staff.role, "agent");
  const isFirst = typed === "" && problems.length === 0 && queryValue(ctx, "before") === "";
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  const waiting = await waitingForm(ctx, "/admin", parts.keptForms, staff.account);
  await renderStaffPage(ctx, staff, status, "backoffice/staff-search", {
    waiting: waiting && { url: waiting.url, formName: waiting.form.route },
    form: { action: "/admin", values: { q: typed }, problems },
    work: isFirst ? await showWork(parts, staff) : undefined,
    days: isFirst ? await showDays(ctx, parts) : undefined,
    accounts: accounts.map((account) => listed(ctx, account)),
    ...(await atAddress(ctx, parts, { typed, accounts, mayAct })),
    invitationsUrl: invitationsPath,
    exportUrl: mayAct ? exportPath : undefined,
    nextUrl: next === undefined ? undefined : nextUrl(typed, next),
    done: (["deleted", "resent"] as const).find((each) => each === queryValue(ctx, "done")),
  });
}

/** What there is of an address that was typed whole, and no account has. */
async function atAddress(
  ctx: Context,
  { pendingSignUps, accounts: all }: BackofficeParts,
  {
    typed,
    accounts,
    mayAct,
  }: {
    readonly typed: string;
    readonly accounts: readonly Account[];
    readonly mayAct: boolean;
  },
) {
  const email = parseEmailAddress(typed);
  // It may be on another page: what holds the address in its own, and is newer, comes first.
  const known =
    email !== undefined &&
    (accounts.some((account) => account.email === email) ||
      (await all.findByEmail(email)) !== undefined);
  const pending = email && !known ? await pendingSignUps.ofAddress(email) : [];
  const unknownEmail = unknown(email, known, pending);
  return {
    pending: pending.map((signUp) => pendingRow(ctx, signUp, mayAct)),
    unknownEmail,
    inviteUrl: mayAct ? inviteUrl(unknownEmail) : undefined,
  };
}

function unknown(email: EmailAddress | undefined, known: boolean, pending: readonly unknown[]) {
  return email !== undefined && !known && pending.length === 0 ? email : undefined;
}

function inviteUrl(email: EmailAddress | undefined): string | undefined {
  return email && `/admin/invite?${new URLSearchParams({ email }).toString()}`;
}

function listed(ctx: Context, account: Account): ListedAccount {
  const { email, givenName, familyName, state, role, createdAt } = account;
  const name = `${givenName} ${familyName}`;
  return { url: accountUrl(account), name, email, state, role, since: moments(ctx).day(createdAt) };
}

function nextUrl(typed: string, before: number): string {
  const query = new URLSearchParams({ ...(typed && { q: typed }), before: String(before) });
  return `/admin?${query.toString()}`;
}
