import type { Context } from "koa";
import { forgetWaiting, keptFormState, restoreForm } from "../accounts/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { pageState } from "../web/index.ts";
import { type StaffMember, keptPath } from "./staff-member.ts";
import { type StaffPageName, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";

/** The form itself, where another of its buttons (search, the next page, « Corriger ») was pressed; or what it would decide. */
const shownAgain: ReadonlySet<string> = new Set([
  "backoffice/staff-closing",
  "backoffice/staff-client-edit",
  "backoffice/staff-requests-decision",
] satisfies StaffPageName[]);

/** Whether what was shown only says what would be done, or is the form once more: nothing came of it. */
function isOpen(ctx: Context): boolean {
  const { shown = "" } = pageState(ctx);
  return shown.endsWith("-preview") || shownAgain.has(shown);
}

/** `/admin/kept/:id`: a form that waited until its person had confirmed who they are. One press carries it out. */
export function keptFormRoutes(
  routes: StaffRouter,
  { keptForms, accounts }: Pick<BackofficeParts, "keptForms" | "accounts">,
): void {
  const reader = { role: "reader" } as const;
  const address = `${keptPath}/:id`;
  const show = async (
    ctx: Context,
    staff: StaffMember,
    { reason, form }: Awaited<ReturnType<typeof keptFormState>>,
  ) => {
    const sub = form?.params["sub"];
    const [about] = sub === undefined ? [] : await accounts.findAllBySub([sub]);
    const status = reason === "waiting" ? 200 : 410;
    await renderStaffPage(ctx, staff, status, "backoffice/staff-kept-form", {
      ...{ reason, formName: form?.route, about: about?.email },
      ...{ action: ctx.path, backUrl: "/admin" },
    });
  };
  routes.page(address, reader, async (ctx, staff) => {
    const id = ctx.params["id"] ?? "";
    forgetWaiting(ctx, "/admin");
    await show(ctx, staff, await keptFormState(keptForms, id, staff.account));
  });
  routes.act(address, reader, async (ctx, staff) => {
    const isThere = await keptForms.carryOut(
      ctx.params["id"] ?? "",
      staff.account,
      async (form) => {
        restoreForm(ctx, form);
        await routes.carryOut(ctx, form);
        return ctx.status < 400 && !isOpen(ctx);
      },
    );
    if (!isThere) await show(ctx, staff, { reason: "gone" });
  });
}
