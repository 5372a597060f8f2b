import type { Context } from "koa";
import { type KeptForms, keptFormState, restoreForm } from "../accounts/index.ts";
import type { KeptFormState } from "../web/index.ts";
import { type StaffMember, keptPath } from "./staff-member.ts";
import { renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";

/** `/admin/kept/:id`: a form that waited until its person had confirmed who they are. One press carries it out. */
export function keptFormRoutes(routes: StaffRouter, keptForms: KeptForms): void {
  const reader = { role: "reader" } as const;
  const address = `${keptPath}/:id`;
  const show = (ctx: Context, staff: StaffMember, reason: KeptFormState) =>
    renderStaffPage(ctx, staff, reason === "waiting" ? 200 : 410, "backoffice/staff-kept-form", {
      ...{ reason, action: ctx.path, backUrl: "/admin" },
    });
  routes.page(address, reader, async (ctx, staff) => {
    const id = ctx.params["id"] ?? "";
    await show(ctx, staff, await keptFormState(keptForms, id, staff.account));
  });
  routes.act(address, reader, async (ctx, staff) => {
    const form = await keptForms.take(ctx.params["id"] ?? "", staff.account);
    if (!form) return show(ctx, staff, "gone");
    restoreForm(ctx, form);
    await routes.carryOut(ctx, form);
  });
}
