import type { Context } from "koa";
import type { Account } from "../accounts/index.ts";
import { type AccessEntry, formatSiret } from "../establishments/index.ts";
import type { Problem } from "../foundation/index.ts";
import { formFields, refusedStatus } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { formProblems, reasonProblems } from "./opening-form.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryValue, renderStaffPage, seeOther } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl, touched } from "./subject.ts";

/** `/admin/accounts/:sub/close`: closes establishments to an account, for a reason that its mail tells. */
export function closingRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const path = "/admin/accounts/:sub/close";
  const fresh = { role: "agent", fresh: true } as const;
  routes.page(
    path,
    fresh,
    touched(parts, async (ctx, staff, account) => {
      const asked = queryValue(ctx, "siret");
      const open = await openTo(parts, account);
      await show(ctx, staff, account, {
        open,
        chosen: open.filter(({ siret }) => siret === asked),
      });
    }),
  );
  routes.act(
    path,
    fresh,
    touched(parts, async (ctx, staff, account) => {
      const { reason } = formFields(ctx.request.body, ["reason"]);
      const open = await openTo(parts, account);
      const ticked = formFields(ctx.request.body, open.map(fieldOf));
      const chosen = open.filter((entry) => ticked[fieldOf(entry)] !== "");
      const problems = [...choiceProblems(chosen), ...reasonProblems(reason)];
      if (problems.length > 0) return show(ctx, staff, account, { open, chosen, reason, problems });
      const sirets = chosen.map(({ siret }) => siret);
      const by = staff.account.sub;
      const outcome = await parts.accesses.close({ account, sirets, reason: reason.trim(), by });
      if (!outcome.accepted) {
        const refusals = formProblems(outcome.problems);
        return show(ctx, staff, account, { open, chosen, reason, problems: refusals });
      }
      const { closed, notOpen } = outcome.value;
      const counts = { changed: closed.length, unchanged: notOpen.length };
      seeOther(ctx, accountUrl(account), { done: "closed", ...counts });
    }),
  );
}

async function openTo({ accesses }: BackofficeParts, account: Account): Promise<AccessEntry[]> {
  const entries = await accesses.list({ accountId: account.id });
  return entries.filter(({ state }) => state === "open");
}

/** A box of its own each: a field given twice is refused. */
function fieldOf({ siret }: AccessEntry): string {
  return `siret-${siret}`;
}

function choiceProblems(chosen: readonly AccessEntry[]): Problem[] {
  return chosen.length === 0 ? [{ field: "siret", reason: "siret-missing" }] : [];
}

async function show(
  ctx: Context,
  staff: StaffMember,
  account: Account,
  state: {
    readonly open: readonly AccessEntry[];
    readonly chosen: readonly AccessEntry[];
    readonly reason?: string;
    readonly problems?: readonly Problem[];
  },
): Promise<void> {
  const { open, chosen, reason = "", problems = [] } = state;
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  const url = accountUrl(account);
  await renderStaffPage(ctx, staff, status, "backoffice/staff-closing", {
    form: { action: `${url}/close`, values: { reason }, problems },
    email: account.email,
    accesses: open.map((entry) => ({
      field: fieldOf(entry),
      formatted: formatSiret(entry.siret),
      name: entry.name,
      checked: chosen.includes(entry),
    })),
    backUrl: url,
  });
}
