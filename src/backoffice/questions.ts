import type { Context } from "koa";
import type { Account } from "../accounts/index.ts";
import type { PageModels } from "../web/index.ts";
import type { StaffEffect } from "./confirmation-page-models.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import type { StaffMember } from "./staff-member.ts";
import { renderStaffPage } from "./staff-page.ts";
import { accountUrl } from "./subject.ts";

/** A question as its page shows it. */
type Question = Omit<PageModels["backoffice/staff-confirmation"], "staff">;

/** The questions about an account as a whole. */
type AccountQuestion = Extract<
  Question["reason"],
  "account-disable" | "account-delete" | "sessions-end"
>;

/** Asks before an act that cannot be undone; its form carries it out. */
export async function ask(ctx: Context, staff: StaffMember, question: Question): Promise<void> {
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-confirmation", question);
}

/** The question before an act on an account as a whole, with what would end. @param act where its form is sent */
export async function askOfAccount(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  account: Account,
  { reason, act }: { readonly reason: AccountQuestion; readonly act: string },
): Promise<void> {
  const url = accountUrl(account);
  await ask(ctx, staff, {
    reason,
    subject: subjectOf(account),
    effects: await effectsOn(ctx, parts, account, reason),
    action: `${url}/${act}`,
    backUrl: url,
  });
}

/** How a question names a person. */
export function subjectOf({
  givenName,
  familyName,
  email,
}: Pick<Account, "givenName" | "familyName" | "email">): string {
  return `${givenName} ${familyName} · ${email}`;
}

/** What ends with the credentials of an account. */
export async function endingWith(
  ctx: Context,
  { sessions, holdings }: Pick<BackofficeParts, "sessions" | "holdings">,
  account: Account,
): Promise<StaffEffect[]> {
  const [open, services] = await Promise.all([
    sessions.list(ctx, account),
    holdings.servicesOf(account.sub),
  ]);
  return [
    { name: "sessions", count: open.length },
    { name: "services", count: services },
  ];
}

async function effectsOn(
  ctx: Context,
  parts: BackofficeParts,
  account: Account,
  reason: AccountQuestion,
): Promise<StaffEffect[]> {
  const ending = await endingWith(ctx, parts, account);
  if (reason === "sessions-end") return ending;
  const [open, waiting] = await Promise.all([
    parts.accesses.openEstablishments(account.sub),
    parts.accessRequests.list({ accountId: account.id, state: "waiting" }),
  ]);
  const [accesses, requests] =
    reason === "account-delete"
      ? ["accesses-closed", "requests-ended"]
      : ["accesses-asleep", "requests-asleep"];
  return [
    ...ending,
    { name: accesses, count: open.length },
    { name: requests, count: waiting.length },
  ];
}
