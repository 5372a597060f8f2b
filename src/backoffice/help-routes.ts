import type { Context } from "koa";
import { type Account, requiredActReason } from "../accounts/index.ts";
import { type Problem, readText } from "../foundation/index.ts";
import { formFields, refusedStatus, seeOther, requestOrigin } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { showFactors } from "./factors-shown.ts";
import { issueCode } from "./member-routes.ts";
import { endingWith, subjectOf } from "./questions.ts";
import type { StaffMember } from "./staff-member.ts";
import { renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl, permitted, recordAct, touched } from "./subject.ts";

const proven = { role: "agent", fresh: "proven" } as const;

/**
 * `/admin/accounts/:sub/factors/reset` and `…/email`: help for who has lost their telephone, or their mailbox. Each is asked
 * first, with a reason that the audit keeps; the person is written to.
 */
export function helpRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  factorReset(routes, parts);
  addressCorrection(routes, parts);
}

function factorReset(routes: StaffRouter, parts: BackofficeParts): void {
  const path = "/admin/accounts/:sub/factors/reset";
  routes.page(
    path,
    proven,
    touched(parts, (ctx, staff, account) => showReset(ctx, parts, staff, account)),
  );
  routes.act(
    path,
    proven,
    touched(parts, async (ctx, staff, account) => {
      const { reason } = formFields(ctx.request.body, ["reason"]);
      const why = readText(requiredActReason, reason);
      if (!why.accepted)
        return showReset(ctx, parts, staff, account, { reason, problems: why.problems });
      const context = { ...requestOrigin(ctx), details: { reason: why.value } };
      const { sub: by } = staff.account;
      const outcome = permitted(await parts.secondFactors.reset(account, by, context));
      if (!outcome.accepted) {
        seeOther(ctx, accountUrl(account), { done: "unchanged" });
        return;
      }
      // Who is of the staff needs a code to turn another one on: it is shown once, to the admin who resets.
      const isIssued = account.role !== undefined && (await issueCode(ctx, parts, staff, account));
      if (isIssued) seeOther(ctx, "/admin/members", { code: account.sub });
      else seeOther(ctx, accountUrl(account), { done: "factors-reset" });
    }),
  );
}

async function showReset(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  account: Account,
  sent: { readonly reason?: string; readonly problems?: readonly Problem[] } = {},
): Promise<void> {
  const { reason = "", problems = [] } = sent;
  const url = accountUrl(account);
  const factors = await showFactors(ctx, parts, account);
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-factor-reset", {
    form: { action: `${url}/factors/reset`, values: { reason }, problems },
    subject: subjectOf(account),
    isStaff: account.role !== undefined,
    effects: [
      { name: "factors", count: factors.passkeys.length + (factors.application ? 1 : 0) },
      { name: "recovery-codes", count: factors.codesLeft },
      ...(await endingWith(ctx, parts, account)),
    ],
    backUrl: url,
  });
}

function addressCorrection(routes: StaffRouter, parts: BackofficeParts): void {
  const path = "/admin/accounts/:sub/email";
  routes.page(
    path,
    proven,
    touched(parts, (ctx, staff, account) => showCorrection(ctx, staff, account, {}, [])),
  );
  routes.act(
    path,
    proven,
    touched(parts, async (ctx, staff, account) => {
      const form = formFields(ctx.request.body, ["email", "email_confirmation", "reason"]);
      const why = readText(requiredActReason, form.reason);
      if (!why.accepted) return showCorrection(ctx, staff, account, form, why.problems);
      const details = { reason: why.value };
      const context = { ...requestOrigin(ctx), details };
      const { sub: by } = staff.account;
      const outcome = permitted(await parts.correctAddress(account, form, by, context));
      if (outcome.accepted) {
        seeOther(ctx, accountUrl(account), { done: "email-asked" });
        return;
      }
      const act = { name: "address-change-requested", outcome, subject: account, details } as const;
      await recordAct(ctx, parts, staff, act);
      await showCorrection(ctx, staff, account, form, outcome.problems);
    }),
  );
}

async function showCorrection(
  ctx: Context,
  staff: StaffMember,
  account: Account,
  values: Readonly<Record<string, string>>,
  problems: readonly Problem[],
): Promise<void> {
  const url = accountUrl(account);
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-email", {
    form: { action: `${url}/email`, values, problems },
    subject: subjectOf(account),
    backUrl: url,
  });
}
