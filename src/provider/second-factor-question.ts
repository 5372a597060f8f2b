import type { Context } from "koa";
import type { Account, BrowserCookies } from "../accounts/index.ts";
import { AppError } from "../foundation/index.ts";
import { type FactorMethod, isCredential } from "../second-factors/index.ts";
import { formFields } from "../web/index.ts";
import { byTwoFactors, hasTwoFactors, twoFactors } from "./authentication-levels.ts";
import { carriedBy } from "./carried-credentials.ts";
import { type InteractionState, subOf } from "./interaction.ts";
import { interactionSession } from "./interaction-session.ts";
import { type Question, startOver } from "./interactions.ts";
import { isOwnClient } from "./own-client.ts";
import {
  isOfOther,
  showCheck,
  showCodes,
  showEnrolment,
  showEnrolmentCode,
} from "./second-factor-pages.ts";
import {
  type EnrolmentParts,
  admitToEnrolment,
  enrolFactor,
  recordFactor,
} from "./second-factor-enrolment.ts";
import { showSettled } from "./settled-questions.ts";

/** What the pages of the second factor are served with. */
export interface SecondFactorQuestionParts extends EnrolmentParts {
  readonly cookies: BrowserCookies;
}

/**
 * Asks for the second factor; who has none turns one on, staff with the code that they were handed, and is shown the
 * recovery codes before the way goes on. The four pages share the address of the interaction.
 */
export function secondFactorQuestion(parts: SecondFactorQuestionParts): Question {
  return {
    show: async (ctx, state) => {
      const { secondFactors } = parts;
      const account = await accountOf(parts, state);
      const shown = parts.shownCodes.find(ctx, state.journey.base, account.sub);
      if (shown) return showCodes(ctx, state, account, shown.codes);
      const asked = await askedOf(parts, state, account);
      if (asked === "settled") return showSettled(ctx, state, "second-factor");
      if (asked === "check") return showCheck(ctx, state, secondFactors, account, []);
      if (asked === "code") return showEnrolmentCode(ctx, state, account, []);
      await showEnrolment(ctx, state, secondFactors, account, { problems: [] });
    },
    answer: async (ctx, state) => {
      const account = await accountOf(parts, state);
      const shown = parts.shownCodes.find(ctx, state.journey.base, account.sub);
      // Whoever holds the codes proved the factor when they were made.
      if (shown) {
        parts.shownCodes.clear(ctx, state.journey.base);
        return goOn(ctx, parts, state, shown.method);
      }
      const asked = await askedOf(parts, state, account);
      if (asked === "settled") return goOnAsIs(ctx, parts, state);
      if (isOfOther(ctx, asked)) return showInstead(ctx, parts, state, account, asked);
      if (asked === "check") return check(ctx, parts, state, account);
      const { staff } = parts.secondFactors;
      const { admission } = formFields(ctx.request.body, ["admission"]);
      if (asked === "code" && !(await staff.admits(account, admission)))
        return admitToEnrolment(ctx, parts, state, account);
      await enrolFactor(ctx, parts, state, account, admission);
    },
  };
}

/**
 * A check of the factor that the account has, or a new one, which of staff takes a code first. `settled`: proven in another tab; or the last factor was removed
 * meanwhile, and nobody asks to turn one on. Staff who have proven one that does not open the back office turn one on that does.
 */
async function askedOf(
  parts: SecondFactorQuestionParts,
  state: InteractionState,
  account: Account,
): Promise<"settled" | "check" | "code" | "enrolment"> {
  const { staff, has } = parts.secondFactors;
  const { interaction, client } = state;
  const isOwn = isOwnClient(client);
  const session = await interactionSession(parts, state);
  if (hasTwoFactors(session?.amr)) {
    const isForBackoffice = isOwn && interaction.params["acr_values"] === twoFactors;
    return isForBackoffice && (await staff.asksCode(account)) ? "code" : "settled";
  }
  if (await has(account.sub)) return "check";
  // What release 0.2.0 asked does not say whether its client did.
  const isAsked =
    interaction.prompt.details["askedByClient"] !== false && (!isOwn || account.role !== undefined);
  if (!isAsked) return "settled";
  return (await staff.asksCode(account)) ? "code" : "enrolment";
}

/** The page that is asked now, where its form came from the other one: what was typed there is no wrong answer here. */
async function showInstead(
  ctx: Context,
  { secondFactors }: SecondFactorQuestionParts,
  state: InteractionState,
  account: Account,
  asked: "check" | "code" | "enrolment",
): Promise<void> {
  const problems = [{ reason: asked === "check" ? "factor-there" : "factor-gone" }];
  if (asked === "check") return showCheck(ctx, state, secondFactors, account, problems);
  if (asked === "code") return showEnrolmentCode(ctx, state, account, problems);
  await showEnrolment(ctx, state, secondFactors, account, { problems });
}

async function check(
  ctx: Context,
  parts: SecondFactorQuestionParts,
  state: InteractionState,
  account: Account,
): Promise<void> {
  const { secondFactors } = parts;
  const form = formFields(ctx.request.body, ["code", "credential", "challenge"]);
  const spending = parts.limits.limit("sign-in").spending(ctx.ip);
  const sender = { browserSecret: parts.cookies.known(ctx), spending };
  // What no device wrote costs nothing, and counts nothing.
  if (isCredential(form.credential)) await secondFactors.spend(account, sender);
  // As the password was proven, and not as the account is by now.
  const session = await interactionSession(parts, state);
  if (!session) return startOver(ctx, state);
  const proven = { ...account, credentials: carriedBy(session) ?? account.credentials };
  const outcome =
    form.credential === ""
      ? await secondFactors.check(account, form.code, sender)
      : await secondFactors.passkeys.check(proven, form);
  if (spending.isSpent())
    await recordFactor(ctx, parts, state, account, "second-factor-checked", outcome);
  if (!outcome.accepted) return showCheck(ctx, state, secondFactors, account, outcome.problems);
  await goOn(ctx, parts, state, outcome.value);
}

/** The session is signed in anew, with more: the library gives it another identifier (session fixation). */
async function goOn(
  ctx: Context,
  parts: SecondFactorQuestionParts,
  state: InteractionState,
  method: FactorMethod,
): Promise<void> {
  const session = await interactionSession(parts, state);
  if (session?.accountId === undefined) return startOver(ctx, state);
  await parts.secondFactors.noteBrowser({ sub: session.accountId }, parts.cookies.known(ctx));
  const login = {
    ...byTwoFactors(method),
    accountId: session.accountId,
    remember: false,
    // The moment and the credentials of the password: a second factor alone makes neither fresh.
    ts: session.loginTs ?? 0,
    credentials: carriedBy(session),
  };
  await parts.library.finish(ctx, { second_factor: {}, login }, true);
}

/** With what the session has now, which another tab may have proven: not with what this one began with. */
async function goOnAsIs(
  ctx: Context,
  parts: SecondFactorQuestionParts,
  state: InteractionState,
): Promise<void> {
  const session = await interactionSession(parts, state);
  if (session?.accountId === undefined) return startOver(ctx, state);
  const { accountId, acr, amr, loginTs: ts = 0 } = session;
  const proven = { ...(acr !== undefined && { acr }), ...(amr !== undefined && { amr }) };
  const login = { ...proven, accountId, remember: false, ts, credentials: carriedBy(session) };
  await parts.library.finish(ctx, { login }, true);
}

/** @throws AppError when the account was disabled or deleted on the way */
async function accountOf(
  { findAccount }: SecondFactorQuestionParts,
  state: InteractionState,
): Promise<Account> {
  const account = await findAccount(subOf(state));
  if (account?.state !== "active") throw new AppError("account-unusable", { status: 403 });
  return account;
}
