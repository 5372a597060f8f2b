import type { AccountState } from "../accounts/index.ts";
import { requestOrigin, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import type { StaffRule } from "./staff-member.ts";
import { askOfAccount } from "./questions.ts";
import type { StaffRouter } from "./staff-router.ts";
import { type AccountAnswer, accountUrl, permitted, recordAct, touched } from "./subject.ts";

const agent = { role: "agent" } as const;
const freshAgent = { role: "agent", fresh: true } as const;
const freshAdmin = { role: "admin", fresh: "proven" } as const;

/** What is done to an account as a whole, each by a form of its page. */
export function accountActRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  questionRoutes(routes, parts);
  const act: AddAct = (name, rule, answer) =>
    routes.act(`/admin/accounts/:sub/${name}`, rule, touched(parts, answer));
  act("disable", freshAgent, switchTo(parts, "disabled"));
  act("enable", freshAgent, switchTo(parts, "active"));
  addMailActs(act, parts);
  addSessionActs(act, parts);
  act("delete", freshAdmin, async (ctx, staff, account) => {
    // A colleague who was faster has done what was asked for.
    const { sub: by } = staff.account;
    permitted(await parts.deleteAccount({ account, by, origin: requestOrigin(ctx) }));
    seeOther(ctx, "/admin", { done: "deleted" });
  });
}

type AddAct = (name: string, rule: StaffRule, answer: AccountAnswer) => void;

/** What is asked before an act that takes something away. */
function questionRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const question = (
    reason: Parameters<typeof askOfAccount>[4]["reason"],
    name: string,
    rule: StaffRule,
  ) =>
    routes.page(
      `/admin/accounts/:sub/${name}`,
      rule,
      touched(parts, (ctx, staff, account) =>
        askOfAccount(ctx, parts, staff, account, { reason, act: name }),
      ),
    );
  question("account-disable", "disable", freshAgent);
  question("sessions-end", "sessions/end", agent);
  question("account-delete", "delete", freshAdmin);
}

function addMailActs(act: AddAct, parts: BackofficeParts): void {
  act("recovery", agent, async (ctx, staff, account) => {
    const outcome = permitted(
      await parts.administration.askRecovery(account.email, staff.account.sub),
    );
    await recordAct(ctx, parts, staff, { name: "recovery-requested", outcome, subject: account });
    seeOther(ctx, accountUrl(account), { done: "recovery" });
  });
  act("mail/resume", agent, async (ctx, staff, account) => {
    permitted(await parts.administration.judged(account.email, staff.account.sub));
    // Somebody was faster: what was asked for is so.
    await parts.resumeMail(account, { actor: staff.account.sub, ...requestOrigin(ctx) });
    seeOther(ctx, accountUrl(account), { done: "mail" });
  });
}

function addSessionActs(act: AddAct, parts: BackofficeParts): void {
  act("sessions/end", agent, async (ctx, staff, account) => {
    const { sub: by } = staff.account;
    permitted(await parts.administration.endSessions(account.email, by, requestOrigin(ctx)));
    seeOther(ctx, accountUrl(account), { done: "sessions" });
  });
  act("sessions/:id/end", agent, async (ctx, staff, account) => {
    permitted(await parts.administration.judged(account.email, staff.account.sub));
    // One that has ended meanwhile is what was asked for.
    if (await parts.sessions.end(account, ctx.params["id"] ?? ""))
      await recordAct(ctx, parts, staff, { name: "session-ended", subject: account });
    seeOther(ctx, accountUrl(account), { done: "sessions" });
  });
}

function switchTo(parts: BackofficeParts, state: AccountState): AccountAnswer {
  const name = state === "disabled" ? "account-disabled" : "account-enabled";
  return async (ctx, staff, account) => {
    const by = staff.account.sub;
    const outcome = permitted(
      await parts.administration.setState(account.email, state, by, requestOrigin(ctx)),
    );
    if (!outcome.accepted) await recordAct(ctx, parts, staff, { name, outcome, subject: account });
    const done = state === "disabled" ? "disabled" : "enabled";
    // Of two who do the same at once, one did it, and the other is told that it was done.
    seeOther(ctx, accountUrl(account), { done: outcome.accepted ? done : "unchanged" });
  };
}
