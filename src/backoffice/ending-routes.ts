import type { Context } from "koa";
import { isAtLeast } from "../accounts/index.ts";
import { type AccessOfAccount, formatSiret } from "../establishments/index.ts";
import { days } from "../foundation/index.ts";
import type { ListedEnding } from "./work-page-models.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { moments } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryNumber, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl } from "./subject.ts";

/** Where the accesses are listed that end soon. */
export const endingsPath = "/admin/endings";

const pageSize = 50;

/** What « soon » is: as long before as its person is told, epoch seconds. */
export function endingSpan(now: number): { readonly since: number; readonly until: number } {
  return { since: now, until: now + days(30) };
}

/** `/admin/endings`: the accesses that end by themselves within thirty days, the first first. */
export function endingRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  routes.page(endingsPath, { role: "reader" }, (ctx, staff) => show(ctx, parts, staff));
}

async function show(ctx: Context, parts: BackofficeParts, staff: StaffMember): Promise<void> {
  const { accessPages, clock } = parts;
  const now = clock.epochSeconds();
  const last = queryNumber(ctx, "after");
  const after = last === undefined ? undefined : await accessPages.find(last, now);
  // One more than a page holds tells whether another page follows.
  const found = await accessPages.ending(endingSpan(now), { after, limit: pageSize + 1 });
  const shown = found.slice(0, pageSize);
  const next = found.length > pageSize ? shown.at(-1) : undefined;
  const mayOpen = isAtLeast(staff.role, "agent");
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-endings", {
    endings: shown.map((access) => listed(ctx, access, mayOpen)),
    nextUrl: next && `${endingsPath}?after=${String(next.accessId)}`,
    backUrl: "/admin",
  });
}

function listed(
  ctx: Context,
  { email, sub, siret, name, untilAt = 0, openedAt, reason }: AccessOfAccount,
  mayOpen: boolean,
): ListedEnding {
  const { day, until } = moments(ctx);
  const url = accountUrl({ sub });
  return {
    ...{ email: email ?? "", url, formatted: formatSiret(siret), name, why: reason },
    ...{ openedAt: day(openedAt), until: until(untilAt) },
    closeUrl: mayOpen ? `${url}/close?siret=${siret}` : undefined,
  };
}
