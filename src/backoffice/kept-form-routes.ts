import { type KeptForms, restoreForm } from "../accounts/index.ts";
import { renderStaffPage } from "./staff-page.ts";
import { type StaffRouter, keptPath } from "./staff-router.ts";

/** `/admin/kept/:id`: a form that waited until its person had confirmed who they are. One press carries it out. */
export function keptFormRoutes(routes: StaffRouter, keptForms: KeptForms): void {
  const reader = { role: "reader" } as const;
  const address = `${keptPath}/:id`;
  const gone = { action: undefined, backUrl: "/admin" };
  routes.page(address, reader, async (ctx, staff) => {
    const isKept = await keptForms.has(ctx.params["id"] ?? "", staff.account);
    const model = isKept ? { action: ctx.path, backUrl: "/admin" } : gone;
    await renderStaffPage(ctx, staff, isKept ? 200 : 410, "backoffice/staff-kept-form", model);
  });
  routes.act(address, reader, async (ctx, staff) => {
    const form = await keptForms.take(ctx.params["id"] ?? "", staff.account);
    if (!form) return renderStaffPage(ctx, staff, 410, "backoffice/staff-kept-form", gone);
    restoreForm(ctx, form);
    await routes.carryOut(ctx, form);
  });
}
