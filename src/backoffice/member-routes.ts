import type { Context } from "koa";
import { type StaffRole, staffRoles } from "../accounts/index.ts";
import { type Problem, refused } from "../foundation/index.ts";
import { formFields, refusedStatus } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryValue, renderStaffPage, seeOther } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl, permitted, recordAct, touched } from "./subject.ts";

const path = "/admin/members";
const notices = ["added", "removed", "unchanged"];

/** `/admin/members`: who is of the staff, and with which role. Nobody changes their own. */
export function memberRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const { administration } = parts;
  routes.page(path, { role: "admin" }, (ctx, staff) => show(ctx, parts, staff, {}, []));
  routes.act(path, { role: "admin", fresh: true }, async (ctx, staff) => {
    const form = formFields(ctx.request.body, ["email", "role"]);
    const role = staffRoles.find((known) => known === form.role);
    const outcome = role
      ? await setRole(parts, staff, form.email, role)
      : refused({ field: "role", reason: "role-unknown" });
    if (!outcome.accepted) return show(ctx, parts, staff, form, outcome.problems);
    await recordAct(ctx, parts, staff, {
      ...{ name: "staff-added", subject: outcome.value, details: { role: form.role } },
    });
    seeOther(ctx, path, { done: "added" });
  });
  routes.act(
    "/admin/members/:sub/remove",
    { role: "admin", fresh: true },
    touched(parts, async (ctx, staff, account) => {
      const by = staff.account.sub;
      const outcome = permitted(await administration.setRole(account.email, undefined, by));
      if (outcome.accepted) {
        const details = account.role && { role: account.role };
        await recordAct(ctx, parts, staff, { name: "staff-removed", subject: account, details });
      }
      seeOther(ctx, path, { done: outcome.accepted ? "removed" : "unchanged" });
    }),
  );
}

async function setRole(
  { administration }: BackofficeParts,
  staff: StaffMember,
  typedEmail: string,
  role: StaffRole,
) {
  const outcome = await administration.setRole(typedEmail, role, staff.account.sub);
  const isOwn = !outcome.accepted && outcome.problems[0].reason === "own-account";
  return isOwn ? refused({ field: "email", reason: "own-role" } as const) : permitted(outcome);
}

async function show(
  ctx: Context,
  { administration }: BackofficeParts,
  staff: StaffMember,
  typed: Readonly<Record<string, string>>,
  problems: readonly Problem[],
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  const members = await administration.staff();
  await renderStaffPage(ctx, staff, status, "backoffice/staff-members", {
    form: { action: path, values: { email: "", role: "reader", ...typed }, problems },
    everybodyOutUrl: `${path}/everybody-out`,
    roles: staffRoles,
    members: members.map((account) => ({
      url: accountUrl(account),
      name: `${account.givenName} ${account.familyName}`,
      email: account.email,
      state: account.state,
      role: account.role ?? "reader",
      removeAction: account.sub === staff.account.sub ? undefined : `${path}/${account.sub}/remove`,
    })),
    done: notices.find((notice) => notice === queryValue(ctx, "done")),
  });
}
