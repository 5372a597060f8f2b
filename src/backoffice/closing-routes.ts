import type { Context } from "koa";
import { type Account, requiredActReason } from "../accounts/index.ts";
import { type AccessEntry, filtered, formatSiret } from "../establishments/index.ts";
import { type Problem, digest, readText } from "../foundation/index.ts";
import { formFields, listPage, listQuery, refusedStatus, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { formProblems } from "./opening-form.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl, permitted, touched } from "./subject.ts";

/** How many of those that would be closed the page names. */
const mostShown = 50;

/** What of an account's accesses a form is about. */
interface Closing {
  /** What is open to it. */
  readonly open: readonly AccessEntry[];
  readonly chosen: readonly AccessEntry[];
  /** Whether all that was found is meant. */
  readonly all?: boolean;
  readonly q?: string;
  readonly reason?: string;
  readonly problems?: readonly Problem[];
}

/**
 * `/admin/accounts/:sub/close`: closes establishments to an account, for a reason that its mail tells. More than one, ticked
 * or all that a search found, are closed once the page that counts them was confirmed; when they are not the same any
 * more, they are counted again.
 */
export function closingRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const path = "/admin/accounts/:sub/close";
  const fresh = { role: "agent", fresh: true } as const;
  routes.page(
    path,
    fresh,
    touched(parts, async (ctx, staff, account) => {
      const asked = queryValue(ctx, "siret");
      const open = await openTo(parts, account);
      const { q } = listQuery(ctx);
      const chosen = open.filter(({ siret }) => siret === asked);
      await show(ctx, staff, account, { open, chosen, q });
    }),
  );
  routes.act(
    path,
    fresh,
    touched(parts, async (ctx, staff, account) => {
      const { confirmed, ...closing } = sentClosing(ctx, await openTo(parts, account));
      const { chosen } = closing;
      const why = readText(requiredActReason, closing.reason);
      const problems = [...choiceProblems(chosen), ...(why.accepted ? [] : why.problems)];
      if (!why.accepted || problems.length > 0)
        return show(ctx, staff, account, { ...closing, problems });
      const sirets = chosen.map(({ siret }) => siret);
      if ((closing.all || chosen.length > 1) && confirmed !== digestOf(chosen)) {
        return showPreview(ctx, staff, account, closing);
      }
      const command = { account, sirets, reason: why.value, by: staff.account.sub };
      const outcome = permitted(await parts.accesses.close(command));
      if (!outcome.accepted) {
        return show(ctx, staff, account, { ...closing, problems: formProblems(outcome.problems) });
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

/** What the form says is to be closed: all that its search finds, or what is ticked. */
function sentClosing(ctx: Context, open: readonly AccessEntry[]) {
  const fields = ["reason", "all", "q", "confirmed"] as const;
  const { all, q, ...sent } = formFields(ctx.request.body, fields);
  const ticked = formFields(ctx.request.body, open.map(fieldOf));
  const chosen =
    all === "" ? open.filter((entry) => ticked[fieldOf(entry)] !== "") : filtered(open, q);
  return { ...sent, open, chosen, q, all: all !== "" };
}

/** A box of its own each: a field given twice is refused. */
function fieldOf({ siret }: AccessEntry): string {
  return `siret-${siret}`;
}

/** Which accesses are meant: what is closed is what was counted. */
function digestOf(chosen: readonly AccessEntry[]): string {
  return digest(chosen.map(({ accessId }) => accessId).join());
}

function choiceProblems(chosen: readonly AccessEntry[]): Problem[] {
  return chosen.length === 0 ? [{ field: "siret", reason: "siret-missing" }] : [];
}

async function show(
  ctx: Context,
  staff: StaffMember,
  account: Account,
  { open, chosen, all = false, q = "", reason = "", problems = [] }: Closing,
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  const url = accountUrl(account);
  const found = filtered(open, q);
  const asked = { ...listQuery(ctx), q };
  const { shown, list } = listPage(`${url}/close`, asked, { found, total: open.length });
  // What was ticked stays in sight, whatever page it is on.
  const listed = [...chosen.filter((each) => !all && !shown.includes(each)), ...shown];
  await renderStaffPage(ctx, staff, status, "backoffice/staff-closing", {
    form: { action: `${url}/close`, values: { reason, q }, problems },
    email: account.email,
    list,
    all: found.length > 1 ? { checked: all } : undefined,
    accesses: listed.map((entry) => ({
      field: fieldOf(entry),
      formatted: formatSiret(entry.siret),
      name: entry.name,
      checked: !all && chosen.includes(entry),
    })),
    backUrl: url,
  });
}

async function showPreview(
  ctx: Context,
  staff: StaffMember,
  account: Account,
  { chosen, all = false, q = "", reason = "" }: Closing,
): Promise<void> {
  const meant = all
    ? { all: "on" }
    : Object.fromEntries(chosen.map((each) => [fieldOf(each), "on"]));
  const url = accountUrl(account);
  const query = q && `?${new URLSearchParams({ q }).toString()}`;
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-closing-preview", {
    action: `${url}/close`,
    email: account.email,
    sent: { q, reason, ...meant, confirmed: digestOf(chosen) },
    count: chosen.length,
    accesses: chosen.slice(0, mostShown).map(({ siret, name }) => {
      return { formatted: formatSiret(siret), name };
    }),
    backUrl: `${url}/close${query}`,
  });
}
