import type { Context } from "koa";
import { type Account, type StaffRole, staffRoles } from "../accounts/index.ts";
import { type Problem, refused } from "../foundation/index.ts";
import { formFields, refusedStatus, requestOrigin, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { ask, subjectOf } from "./questions.ts";
import type { StaffMember } from "./staff-member.ts";
import { enrolmentCode, secretOnce } from "./secret-once.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl, permitted, touched } from "./subject.ts";

const path = "/admin/members";
const notices = ["added", "removed", "unchanged", "code-unneeded"];

/** `/admin/members`: who is of the staff, and with which role. Nobody changes their own. */
export function memberRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const { administration } = parts;
  routes.page(path, { role: "admin" }, (ctx, staff) => show(ctx, parts, staff, {}, []));
  routes.act(path, { role: "admin", fresh: "proven" }, async (ctx, staff) => {
    const form = formFields(ctx.request.body, ["email", "role"]);
    const role = staffRoles.find((known) => known === form.role);
    const outcome = role
      ? await setRole(ctx, parts, staff, { email: form.email, role })
      : refused({ field: "role", reason: "role-unknown" });
    if (!outcome.accepted) return show(ctx, parts, staff, form, outcome.problems);
    const isIssued = await issueCode(ctx, parts, staff, outcome.value);
    seeOther(ctx, path, { done: "added", ...(isIssued ? { code: outcome.value.sub } : {}) });
  });
  memberQuestions(routes, parts);
  routes.act(
    "/admin/members/:sub/enrolment-code",
    { role: "admin", fresh: "proven" },
    touched(parts, async (ctx, staff, account) => {
      const isIssued = await issueCode(ctx, parts, staff, account);
      seeOther(ctx, path, isIssued ? { code: account.sub } : { done: "code-unneeded" });
    }),
  );
  routes.act(
    "/admin/members/:sub/remove",
    { role: "admin", fresh: "proven" },
    touched(parts, async (ctx, staff, account) => {
      const by = staff.account.sub;
      const origin = requestOrigin(ctx);
      const outcome = permitted(await administration.setRole(account.email, undefined, by, origin));
      seeOther(ctx, path, { done: outcome.accepted ? "removed" : "unchanged" });
    }),
  );
}

/** What is asked before a role is taken away, or a code replaces the one that was handed over. */
function memberQuestions(routes: StaffRouter, parts: BackofficeParts): void {
  const rule = { role: "admin", fresh: "proven" } as const;
  const back = { backUrl: path };
  routes.page(
    `${path}/:sub/remove`,
    rule,
    touched(parts, async (ctx, staff, account) => {
      const others = (await parts.administration.staff()).filter(({ sub }) => sub !== account.sub);
      const admins = others.filter(({ role }) => role === "admin");
      const effects = [
        { name: "members-left", count: others.length },
        { name: "admins-left", count: admins.length },
      ];
      const action = `${memberUrl(account)}/remove`;
      const subject = subjectOf(account);
      await ask(ctx, staff, { reason: "member-remove", subject, effects, action, ...back });
    }),
  );
  routes.page(
    `${path}/:sub/enrolment-code`,
    rule,
    touched(parts, async (ctx, staff, account) => {
      const isWaiting = await parts.enrolment.isWaiting(account);
      const effects = [{ name: "codes-void", count: isWaiting ? 1 : 0 }];
      const action = `${memberUrl(account)}/enrolment-code`;
      const subject = subjectOf(account);
      await ask(ctx, staff, { reason: "enrolment-code", subject, effects, action, ...back });
    }),
  );
}

/** Makes a code for who has no second factor as staff yet, for the page of the team to show. @returns whether it did */
export async function issueCode(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  account: Pick<Account, "sub">,
): Promise<boolean> {
  const outcome = permitted(
    await parts.enrolment.issue(account, staff.account.sub, requestOrigin(ctx)),
  );
  if (!outcome.accepted) return false;
  secretOnce(parts, enrolmentCode).leave(ctx, staff, account.sub, outcome.value);
  return true;
}

async function setRole(
  ctx: Context,
  { administration }: BackofficeParts,
  { account: { sub: by } }: StaffMember,
  { email, role }: { readonly email: string; readonly role: StaffRole },
) {
  const outcome = await administration.setRole(email, role, by, requestOrigin(ctx));
  const isOwn = !outcome.accepted && outcome.problems[0].reason === "own-account";
  return isOwn ? refused({ field: "email", reason: "own-role" } as const) : permitted(outcome);
}

async function show(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  typed: Readonly<Record<string, string>>,
  problems: readonly Problem[],
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  const members = await parts.administration.staff();
  const enrolled = await Promise.all(members.map((account) => parts.enrolment.opens(account)));
  const codeOf = members.find(({ sub }) => sub === queryValue(ctx, "code"));
  const value = codeOf && secretOnce(parts, enrolmentCode).take(ctx, staff, codeOf.sub);
  const code = value === undefined ? undefined : { value, email: codeOf?.email ?? "" };
  await renderStaffPage(ctx, staff, status, "backoffice/staff-members", {
    form: { action: path, values: { email: "", role: "reader", ...typed }, problems },
    everybodyOutUrl: `${path}/everybody-out`,
    roles: staffRoles,
    code,
    members: members.map((account, place) => ({
      url: accountUrl(account),
      name: `${account.givenName} ${account.familyName}`,
      email: account.email,
      state: account.state,
      role: account.role ?? "reader",
      isEnrolled: enrolled[place] === true,
      ...(account.sub === staff.account.sub ? undefined : actionsOf(account)),
    })),
    done: notices.find((notice) => notice === queryValue(ctx, "done")),
  });
}

function actionsOf(account: Account) {
  const url = memberUrl(account);
  return { removeUrl: `${url}/remove`, codeUrl: `${url}/enrolment-code` };
}

function memberUrl({ sub }: Pick<Account, "sub">): string {
  return `${path}/${encodeURIComponent(sub)}`;
}
