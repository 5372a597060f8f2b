import type { Context } from "koa";
import { type Account, requiredActReason } from "../accounts/index.ts";
import { type AccessEntry, filtered, formatSiret } from "../establishments/index.ts";
import { type Problem, digest, readText } from "../foundation/index.ts";
import {
  formFields,
  listPage,
  listQuery,
  refusedStatus,
  seeOther,
  sentListQuery,
} from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { formProblems } from "./opening-form.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl, doneWith, permitted, touched } from "./subject.ts";

/** How many of those that would be closed the page names. */
const mostShown = 50;

/** What of an account's accesses a form is about. */
interface Closing {
  /** What is open to it. */
  readonly open: readonly AccessEntry[];
  readonly ticked: readonly AccessEntry[];
  /** Whether all that was found is meant, whatever is ticked. */
  readonly all?: boolean;
  readonly q?: string;
  readonly page?: number;
  readonly reason?: string;
  readonly problems?: readonly Problem[];
}

/**
 * `/admin/accounts/:sub/close`: closes establishments to an account, for a reason that its mail tells. More than one, ticked
 * or all that a search found, are closed once the page that counts them was confirmed; when they are not the same any
 * more, they are counted again. Searching and turning pages are buttons of the same form: they close nothing, and the page
 * that they answer with holds what was ticked and typed.
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
      const { q, page } = listQuery(ctx);
      const ticked = open.filter(({ siret }) => siret === asked);
      await show(ctx, staff, account, { open, ticked, q, page });
    }),
  );
  routes.act(
    path,
    fresh,
    touched(parts, async (ctx, staff, account) => {
      const sent = sentClosing(ctx, await openTo(parts, account));
      const looked = sentListQuery(ctx.request.body);
      // All that another search finds is not what was meant.
      const all = sent.all && !looked?.isOther;
      if (looked) return show(ctx, staff, account, { ...sent, ...looked, all });
      await close(ctx, parts, staff, account, sent);
    }),
  );
}

async function close(
  ctx: Context,
  { accesses }: BackofficeParts,
  staff: StaffMember,
  account: Account,
  { confirmed, ...closing }: ReturnType<typeof sentClosing>,
): Promise<void> {
  const chosen = meant(closing);
  const why = readText(requiredActReason, closing.reason);
  const problems = [...choiceProblems(chosen), ...(why.accepted ? [] : why.problems)];
  if (!why.accepted || problems.length > 0)
    return show(ctx, staff, account, { ...closing, problems });
  const sirets = chosen.map(({ siret }) => siret);
  if ((closing.all || chosen.length > 1) && confirmed !== digestOf(chosen)) {
    return showPreview(ctx, staff, account, closing);
  }
  const command = { account, sirets, reason: why.value, by: staff.account.sub };
  const outcome = permitted(await accesses.close(command));
  if (!outcome.accepted) {
    return show(ctx, staff, account, { ...closing, problems: formProblems(outcome.problems) });
  }
  const { closed, notOpen } = outcome.value;
  seeOther(ctx, accountUrl(account), doneWith("closed", closed, notOpen));
}

async function openTo({ accesses }: BackofficeParts, account: Account): Promise<AccessEntry[]> {
  const entries = await accesses.list({ accountId: account.id });
  return entries.filter(({ state }) => state === "open");
}

/** What the form says, and what of it is open still. */
function sentClosing(ctx: Context, open: readonly AccessEntry[]) {
  const fields = ["reason", "all", "q", "confirmed"] as const;
  const { all, ...sent } = formFields(ctx.request.body, fields);
  const boxes = formFields(ctx.request.body, open.map(fieldOf));
  const ticked = open.filter((entry) => boxes[fieldOf(entry)] !== "");
  return { ...sent, open, ticked, all: all !== "" };
}

/** What is to be closed: all that the search found, or what is ticked. */
function meant({ open, ticked, all, q = "" }: Closing): readonly AccessEntry[] {
  return all ? filtered(open, q) : ticked;
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
  { open, ticked, all = false, q = "", page = 1, reason = "", problems = [] }: Closing,
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  const url = accountUrl(account);
  const found = filtered(open, q);
  const asked = { q, page, name: "page" };
  const { shown, list } = listPage(`${url}/close`, asked, { found, total: open.length });
  // What was ticked stays in sight, whatever page it is on.
  const listed = [...ticked.filter((each) => !shown.includes(each)), ...shown];
  await renderStaffPage(ctx, staff, status, "backoffice/staff-closing", {
    form: { action: `${url}/close`, values: { reason, q }, problems },
    email: account.email,
    list,
    all: found.length > 1 ? { checked: all } : undefined,
    accesses: listed.map((entry) => ({
      field: fieldOf(entry),
      formatted: formatSiret(entry.siret),
      name: entry.name,
      checked: ticked.includes(entry),
    })),
    backUrl: url,
  });
}

async function showPreview(
  ctx: Context,
  staff: StaffMember,
  account: Account,
  closing: Closing,
): Promise<void> {
  const { ticked, all, q = "", reason = "" } = closing;
  const chosen = meant(closing);
  const boxes = Object.fromEntries(ticked.map((each) => [fieldOf(each), "on"]));
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-closing-preview", {
    isOfOneLanguage: true,
    action: `${accountUrl(account)}/close`,
    email: account.email,
    sent: {
      q,
      search: q,
      reason,
      ...(all && { all: "on" }),
      ...boxes,
      confirmed: digestOf(chosen),
    },
    count: chosen.length,
    accesses: chosen.slice(0, mostShown).map(({ siret, name }) => {
      return { formatted: formatSiret(siret), name };
    }),
  });
}
