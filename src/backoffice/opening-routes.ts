import type { Context } from "koa";
import type { Account } from "../accounts/index.ts";
import { type Siret, formatSiret } from "../establishments/index.ts";
import type { Problem } from "../foundation/index.ts";
import { formFields, refusedStatus, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import {
  type OpeningForm,
  type ReadOpening,
  formProblems,
  meantSirets,
  mostFormBytes,
  readOpening,
  unreadText,
} from "./opening-form.ts";
import { moments } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { type AccountAnswer, accountUrl, doneWith, permitted, touched } from "./subject.ts";

const fresh = { role: "agent", fresh: true } as const;
const fields = ["siret_list", "until", "reason"] as const;
const empty: OpeningForm = { siret_list: "", until: "", reason: "" };

/**
 * `/admin/accounts/:sub/open`: opens establishments to an account. What was typed is shown first with a
 * verdict on each number; the form of that page carries what was shown, and only that is opened.
 */
export function openingRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const { clock } = parts;
  const answer = (work: AccountAnswer) => touched(parts, work);
  routes.page(
    "/admin/accounts/:sub/open",
    fresh,
    answer((ctx, staff, account) => showForm(ctx, staff, account, empty, [])),
  );
  routes.act(
    "/admin/accounts/:sub/open/preview",
    fresh,
    answer(async (ctx, staff, account) => {
      const form = formFields(ctx.request.body, fields);
      const read = readOpening(form, clock.epochSeconds());
      if (!read.accepted) return showForm(ctx, staff, account, form, read.problems);
      await showPreview(ctx, parts, staff, account, form, read.value);
    }),
    mostFormBytes,
  );
  routes.act(
    "/admin/accounts/:sub/open",
    fresh,
    answer((ctx, staff, account) => openShown(ctx, parts, staff, account)),
    mostFormBytes,
  );
}

/** What the page before has shown, and that alone. */
async function openShown(
  ctx: Context,
  { accesses, clock }: BackofficeParts,
  staff: StaffMember,
  account: Account,
): Promise<void> {
  const { sirets: carried, ...form } = formFields(ctx.request.body, [...fields, "sirets"]);
  const sirets = meantSirets(ctx.request.body, carried);
  const shown = { ...form, siret_list: `${carried} ${sirets.join(" ")}` };
  const read = readOpening(shown, clock.epochSeconds());
  if (!read.accepted) return showForm(ctx, staff, account, form, read.problems);
  const { untilAt, reason } = read.value;
  const by = staff.account.sub;
  const outcome = permitted(await accesses.open({ account, sirets, untilAt, reason, by }));
  if (!outcome.accepted) return showForm(ctx, staff, account, form, formProblems(outcome.problems));
  const { opened, alreadyOpen } = outcome.value;
  seeOther(ctx, accountUrl(account), doneWith("opened", opened, alreadyOpen));
}

async function showForm(
  ctx: Context,
  staff: StaffMember,
  account: Account,
  form: OpeningForm,
  problems: readonly Problem[],
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  const url = accountUrl(account);
  await renderStaffPage(ctx, staff, status, "backoffice/staff-opening", {
    form: { action: `${url}/open/preview`, values: { ...form }, problems },
    email: account.email,
    backUrl: url,
  });
}

/** Nothing has happened yet: the answer is a page, and reloading it does no harm. */
async function showPreview(
  ctx: Context,
  { accesses }: BackofficeParts,
  staff: StaffMember,
  account: Account,
  form: OpeningForm,
  { sirets, untilAt }: ReadOpening,
): Promise<void> {
  const all = sirets.recognised.map(({ siret }) => siret);
  const [open, known] = await Promise.all([
    accesses.openEstablishments(account.sub),
    accesses.establishments(all),
  ]);
  const isOpen = new Set(open.map(({ siret }) => siret));
  const names = new Map(known.map(({ siret, name }) => [siret, name]));
  const listed = (siret: Siret) => ({ formatted: formatSiret(siret), name: names.get(siret) });
  const toOpen = all.filter((siret) => !isOpen.has(siret));
  const url = accountUrl(account);
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-opening-preview", {
    form: { action: `${url}/open`, values: { ...form, sirets: toOpen.join(" ") }, problems: [] },
    correctAction: `${url}/open/preview`,
    email: account.email,
    until: untilAt === undefined ? undefined : moments(ctx).until(untilAt),
    toOpen: toOpen.map(listed),
    alreadyOpen: all.filter((siret) => isOpen.has(siret)).map(listed),
    unread: unreadText(sirets),
    backUrl: url,
  });
}
