import type { Context } from "koa";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { pendingRow } from "./pending-row.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";

/** Where the sign-ups are listed that wait for longer than a day. */
export const signUpsPath = "/admin/sign-ups";

const pageSize = 50;
/** Where the last of a page stood: by the time that the next one is asked for it may be gone. */
const cursor = /^(\d{1,12})\.(.+)$/;

/** `/admin/sign-ups`: who signed up and has not followed the link, for who may send it again. They have no account yet. */
export function signUpRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  routes.page(signUpsPath, { role: "agent" }, (ctx, staff) => show(ctx, parts, staff));
}

async function show(
  ctx: Context,
  { pendingSignUps }: BackofficeParts,
  staff: StaffMember,
): Promise<void> {
  const [, createdAt, id] = cursor.exec(queryValue(ctx, "after")) ?? [];
  const after = id === undefined ? undefined : { createdAt: Number(createdAt), id };
  // One more than a page holds tells whether another page follows.
  const found = await pendingSignUps.stuck({ after, limit: pageSize + 1 });
  const shown = found.slice(0, pageSize);
  const last = found.length > pageSize ? shown.at(-1) : undefined;
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-sign-ups", {
    pending: shown.map((signUp) => pendingRow(ctx, signUp, true)),
    nextUrl:
      last && `${signUpsPath}?after=${String(last.createdAt)}.${encodeURIComponent(last.id)}`,
    backUrl: "/admin",
  });
}
