import type { Context } from "koa";
import { type Problem, refused } from "../foundation/index.ts";
import { formFields, refusedStatus, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { noticesPath, requestsPath } from "./request-list-routes.ts";
import { noticeChoices } from "./request-notice-store.ts";
import { moments } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { recordAct } from "./subject.ts";

/** `/admin/requests/notices`: one's own choice, and nobody else's. */
export function noticeRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const rule = { role: "reader" } as const;
  routes.page(noticesPath, rule, (ctx, staff) => show(ctx, parts, staff, []));
  routes.act(noticesPath, rule, async (ctx, staff) => {
    const form = formFields(ctx.request.body, ["choice"]);
    const choice = noticeChoices.find((each) => each === form.choice);
    if (!choice)
      return show(
        ctx,
        parts,
        staff,
        refused({ field: "choice", reason: "choice-unknown" }).problems,
      );
    const isChanged = await parts.requestNotices.choose(staff.account, choice);
    if (isChanged) {
      const about = { subject: staff.account, details: { choice } };
      await recordAct(ctx, parts, staff, { name: "request-notices-chosen", ...about });
    }
    seeOther(ctx, noticesPath, { done: "chosen" });
  });
}

async function show(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  problems: readonly Problem[],
): Promise<void> {
  const notice = await parts.requestNotices.of(staff.account);
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-notices", {
    form: { action: noticesPath, values: { choice: notice?.choice ?? "none" }, problems },
    choices: noticeChoices,
    email: staff.account.email,
    lastSent:
      notice?.lastSentAt === undefined ? undefined : moments(ctx).instant(notice.lastSentAt),
    isDone: queryValue(ctx, "done") === "chosen",
    backUrl: requestsPath,
  });
}
