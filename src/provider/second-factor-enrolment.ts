import type { Context } from "koa";
import type { Account } from "../accounts/index.ts";
import type { Outcome } from "../foundation/index.ts";
import type { EventName, RecordEvent } from "../operations/index.ts";
import {
  type SecondFactors,
  type ShownCodesCookie,
  forgetProposal,
  isCode,
  isCredential,
} from "../second-factors/index.ts";
import {
  type RateLimits,
  formFields,
  requestEvent,
  requestOrigin,
  seeOther,
} from "../web/index.ts";
import { carry } from "./carried-credentials.ts";
import type { InteractionState } from "./interaction.ts";
import type { InteractionSessionParts } from "./interaction-session.ts";
import { startOver } from "./interactions.ts";
import { showEnrolment, showEnrolmentCode } from "./second-factor-pages.ts";

/** What a factor is turned on with, on the way of an authorization. */
export interface EnrolmentParts extends InteractionSessionParts {
  readonly secondFactors: SecondFactors;
  readonly shownCodes: ShownCodesCookie;
  readonly limits: RateLimits;
  readonly record: RecordEvent;
  /** Ends the sessions that count no more. */
  readonly onReplaced: (account: Account) => Promise<void>;
}

/** Asks staff for the code that admits to the enrolment; no secret is shown before. */
export async function admitToEnrolment(
  ctx: Context,
  parts: EnrolmentParts,
  state: InteractionState,
  account: Account,
): Promise<void> {
  const { secondFactors } = parts;
  const { enrolment_code: typed } = formFields(ctx.request.body, ["enrolment_code"]);
  const spending = parts.limits.limit("sign-in").spending(ctx.ip);
  const outcome = await secondFactors.staff.check(account, typed, spending);
  if (spending.isSpent())
    await recordFactor(ctx, parts, state, account, "enrolment-code-checked", outcome);
  if (!outcome.accepted) return showEnrolmentCode(ctx, state, account, outcome.problems);
  const shown = { problems: [], admission: outcome.value };
  await showEnrolment(ctx, state, secondFactors, account, shown);
}

/** Turns on the factor that a form proves; staff with what {@link admitToEnrolment} gave. */
export async function enrolFactor(
  ctx: Context,
  parts: EnrolmentParts,
  state: InteractionState,
  account: Account,
  admission: string,
): Promise<void> {
  const { secondFactors } = parts;
  const { totp, passkeys } = secondFactors;
  const form = formFields(ctx.request.body, enrolmentFields);
  const spending = parts.limits.limit("sign-in").spending(ctx.ip);
  if (isCredential(form.credential) || isCode(form.code))
    await spending.spend(`account:${account.sub}`);
  const context = { ...requestOrigin(ctx), clientId: state.client.client_id };
  const outcome =
    form.credential === ""
      ? await totp.enrol(account, form, admission, context)
      : await passkeys.enrol(account, form, form.passkey_name, admission, context);
  // What is turned on has recorded itself.
  if (spending.isSpent() && !outcome.accepted)
    await recordFactor(ctx, parts, state, account, "second-factor-added", outcome);
  if (outcome.accepted) {
    forgetProposal(ctx, { path: state.journey.base });
    if (outcome.value.renewed) await goesOn(ctx, parts, state, outcome.value.renewed);
    parts.shownCodes.set(ctx, state.journey.base, account.sub, outcome.value);
    seeOther(ctx, state.journey.base);
    return;
  }
  const { enrolment } = form;
  const { problems } = outcome;
  if (problems[0].reason === "proof-void") return startOver(ctx, state);
  await showEnrolment(ctx, state, secondFactors, account, { enrolment, problems, admission });
}

/** What was proven before is void, but for the session that has just turned the factor on, in the browser that did. */
async function goesOn(
  ctx: Context,
  parts: EnrolmentParts,
  { interaction }: InteractionState,
  renewed: Account,
): Promise<void> {
  // By its cookie: what is found by its uid does not know under which identifier it is kept.
  const session = await parts.library.sessionOf(ctx);
  if (session.uid === interaction.session?.uid) {
    carry(session, renewed.credentials);
    await session.persist();
  }
  await parts.onReplaced(renewed);
}

/** Those of the application, and those of a passkey. */
const enrolmentFields = ["code", "enrolment", "credential", "challenge", "passkey_name"] as const;

/** Records what was asked of a factor within an authorization. */
export async function recordFactor(
  ctx: Context,
  { record }: EnrolmentParts,
  { client }: InteractionState,
  { sub }: Account,
  name: EventName,
  outcome: Outcome<unknown, string>,
): Promise<void> {
  await record(requestEvent(ctx, name, outcome, { subject: { sub }, clientId: client.client_id }));
}
