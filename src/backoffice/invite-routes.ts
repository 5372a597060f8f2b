import type { Context } from "koa";
import { malformedEmail } from "../accounts/index.ts";
import { type Siret, formatSiret } from "../establishments/index.ts";
import {
  type EmailAddress,
  type Outcome,
  type Problem,
  accepted,
  parseEmailAddress,
  refused,
} from "../foundation/index.ts";
import { formFields, refusedStatus, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { invitationsPath } from "./invitation-routes.ts";
import {
  type OpeningForm,
  type ReadOpening,
  formProblems,
  meantSirets,
  mostFormBytes,
  readOpening,
  unreadText,
} from "./opening-form.ts";
import { establishmentNames, moments } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffAnswer, StaffRouter } from "./staff-router.ts";
import { doneWith, permitted } from "./subject.ts";

/** An opening to an address instead of an account. */
interface InviteForm extends OpeningForm {
  readonly email: string;
}

const path = "/admin/invite";
const fresh = { role: "agent", fresh: true } as const;
const fields = ["email", "siret_list", "until", "reason"] as const;
const empty: InviteForm = { email: "", siret_list: "", until: "", reason: "" };

/**
 * `/admin/invite`: opens establishments to an address that has no account yet. As an opening, what was typed is
 * shown first with a verdict on each number; it waits until the address is validated.
 */
export function inviteRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const { invitations } = parts;
  routes.page(path, fresh, (ctx, staff) =>
    showForm(ctx, staff, { ...empty, email: queryValue(ctx, "email") }, []),
  );
  const preview: StaffAnswer = async (ctx, staff) => {
    const form = formFields(ctx.request.body, fields);
    const read = await readInvite(parts, form);
    if (!read.accepted) return showForm(ctx, staff, form, read.problems);
    await showPreview(ctx, parts, staff, form, read.value);
  };
  routes.act(`${path}/preview`, fresh, preview, mostFormBytes);
  const invite: StaffAnswer = async (ctx, staff) => {
    const { sirets: carried, ...form } = formFields(ctx.request.body, [...fields, "sirets"]);
    const sirets = meantSirets(ctx.request.body, carried);
    const read = await readInvite(parts, { ...form, siret_list: `${carried} ${sirets.join(" ")}` });
    if (!read.accepted) return showForm(ctx, staff, form, read.problems);
    const { email, untilAt, reason } = read.value;
    const command = { email, untilAt, reason, by: staff.account.sub };
    const outcome = permitted(await invitations.invite({ ...command, sirets }));
    if (!outcome.accepted) return showForm(ctx, staff, form, formProblems(outcome.problems));
    const { invited, alreadyInvited } = outcome.value;
    const done = outcome.value.isMailed ? "invited" : "invited-unmailed";
    seeOther(ctx, invitationsPath, doneWith(done, invited, alreadyInvited));
  };
  routes.act(path, fresh, invite, mostFormBytes);
}

/** The form, once it is right and the address has no account. */
async function readInvite(
  { accounts, clock }: BackofficeParts,
  form: InviteForm,
): Promise<Outcome<ReadOpening & { readonly email: EmailAddress }, string>> {
  const email = parseEmailAddress(form.email);
  const opening = readOpening(form, clock.epochSeconds());
  const [first, ...others] = [
    ...(await addressProblems(accounts, form.email, email)),
    ...(opening.accepted ? [] : opening.problems),
  ];
  if (first) return refused(first, ...others);
  if (email === undefined || !opening.accepted)
    throw new Error("an invitation without its problem");
  return accepted({ ...opening.value, email });
}

async function addressProblems(
  accounts: BackofficeParts["accounts"],
  typed: string,
  email: EmailAddress | undefined,
): Promise<Problem[]> {
  if (email === undefined) return [malformedEmail(typed)];
  const known = await accounts.findByEmail(email);
  return known ? [{ field: "email", reason: "account-known" }] : [];
}

async function showForm(
  ctx: Context,
  staff: StaffMember,
  form: InviteForm,
  problems: readonly Problem[],
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-invite", {
    form: { action: `${path}/preview`, values: { ...form }, problems },
    backUrl: invitationsPath,
  });
}

/** Nothing has happened yet: the answer is a page, and reloading it does no harm. */
async function showPreview(
  ctx: Context,
  { accesses, invitations }: BackofficeParts,
  staff: StaffMember,
  form: InviteForm,
  { email, sirets, untilAt }: ReadOpening & { readonly email: EmailAddress },
): Promise<void> {
  const all = sirets.recognised.map(({ siret }) => siret);
  const [waiting, nameOf] = await Promise.all([
    invitations.waiting([email]),
    establishmentNames(accesses, all),
  ]);
  const waits = new Set(waiting.map(({ siret }) => siret));
  const listed = (siret: Siret) => ({ formatted: formatSiret(siret), name: nameOf(siret) });
  const toInvite = all.filter((siret) => !waits.has(siret));
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-invite-preview", {
    form: { action: path, values: { ...form, email, sirets: toInvite.join(" ") }, problems: [] },
    correctAction: `${path}/preview`,
    email,
    until: untilAt === undefined ? undefined : moments(ctx).until(untilAt),
    toInvite: toInvite.map(listed),
    alreadyInvited: all.filter((siret) => waits.has(siret)).map(listed),
    unread: unreadText(sirets),
    backUrl: invitationsPath,
  });
}
