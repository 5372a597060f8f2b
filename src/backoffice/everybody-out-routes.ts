import type { BackofficeParts } from "./backoffice-parts.ts";
import { ask } from "./questions.ts";
import type { StaffRouter } from "./staff-router.ts";
import { requestOrigin, seeOther } from "../web/index.ts";

const path = "/admin/members/everybody-out";

/** Ends everybody's sessions and tokens, those of who does it too: they are asked to sign in again. */
export function everybodyOutRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const fresh = { role: "admin", fresh: "proven" } as const;
  routes.page(path, fresh, async (ctx, staff) =>
    ask(ctx, staff, {
      reason: "everybody-out",
      effects: [{ name: "people", count: await parts.holdings.peopleOf() }],
      action: path,
      backUrl: "/admin/members",
    }),
  );
  routes.act(path, fresh, async (ctx, staff) => {
    await parts.endings.renewEverybodys(staff.account.sub, requestOrigin(ctx));
    seeOther(ctx, "/admin/members");
  });
}
