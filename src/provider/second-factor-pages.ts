import type { Context } from "koa";
import type { Account } from "../accounts/index.ts";
import type { Problem } from "../foundation/index.ts";
import {
  type SecondFactors,
  passkeyModel,
  qrCodeOf,
  showRecoveryCodes,
  shownProposal,
} from "../second-factors/index.ts";
import { refusedStatus, renderPage } from "../web/index.ts";
import { type InteractionState, mayReturn } from "./interaction.ts";

/** The page that asks for a code or a passkey. */
export async function showCheck(
  ctx: Context,
  state: InteractionState,
  secondFactors: SecondFactors,
  { sub, email, role }: Account,
  problems: readonly Problem[],
): Promise<void> {
  const [held, passkey] = await Promise.all([
    secondFactors.held(sub),
    secondFactors.passkeys.proposeCheck(sub),
  ]);
  const hasApplication = held.totpSince !== undefined;
  await renderPage(ctx, statusOf(ctx, problems), "second-factors/check", {
    isSecret: true,
    form: {
      action: state.journey.base,
      values: {},
      problems: hasApplication ? problems : problems.map(ofRecoveryCode),
    },
    email,
    mayReturn: mayReturn(state),
    hasApplication,
    isStaff: role !== undefined,
    passkey: passkey && passkeyModel(passkey),
  });
}

/**
 * Whether a form was shown when the other was asked: another tab turned on a factor meanwhile, or removed the last. Those of an
 * enrolment have fields that those of a check have not.
 */
export function isOfOther(ctx: Context, asked: "check" | "code" | "enrolment"): boolean {
  const sent = new Set(Object.keys((ctx.request.body as object | undefined) ?? {}));
  const isOfEnrolment = ["enrolment", "passkey_name", "enrolment_code"].some((name) =>
    sent.has(name),
  );
  const isOfCheck = !isOfEnrolment && (sent.has("code") || sent.has("credential"));
  return asked === "check" ? isOfEnrolment : isOfCheck;
}

/** Who has no application is not told what it shows. */
function ofRecoveryCode(problem: Problem): Problem {
  return problem.reason === "code-wrong" ? { ...problem, reason: "recovery-code-wrong" } : problem;
}

/** The page that asks staff for the code they were handed. */
export async function showEnrolmentCode(
  ctx: Context,
  state: InteractionState,
  { email }: Account,
  problems: readonly Problem[],
): Promise<void> {
  await renderPage(ctx, statusOf(ctx, problems), "second-factors/enrolment-code", {
    isSecret: true,
    form: { action: state.journey.base, values: {}, problems },
    email,
    mayReturn: mayReturn(state),
  });
}

/** What its form brought back, and what is wrong with it. */
interface ShownEnrolment {
  readonly problems: readonly Problem[];
  /** What was proposed. */
  readonly enrolment?: string;
  /** What admitted staff to it; the form brings it back. */
  readonly admission?: string;
}

/** The page on which who has no second factor turns one on. */
export async function showEnrolment(
  ctx: Context,
  state: InteractionState,
  secondFactors: SecondFactors,
  account: Account,
  shown: ShownEnrolment,
): Promise<void> {
  const { interaction, journey } = state;
  const { problems, enrolment, admission } = shown;
  const { totp } = secondFactors;
  const page = { path: journey.base, within: interaction.uid };
  const { address, secret, sealed } = shownProposal(ctx, totp, account, page, enrolment);
  await renderPage(ctx, statusOf(ctx, problems), "second-factors/enrolment", {
    isSecret: true,
    form: { action: journey.base, values: {}, problems },
    enrolment: sealed,
    admission,
    secret,
    address,
    qrCode: qrCodeOf(address),
    passkey: passkeyModel(await secondFactors.passkeys.proposeEnrolment(account)),
    email: account.email,
    mayReturn: mayReturn(state),
  });
}

/** The page that shows new recovery codes, once. */
export function showCodes(
  ctx: Context,
  { journey }: InteractionState,
  { email }: Account,
  codes: readonly string[],
): Promise<void> {
  return showRecoveryCodes(ctx, { action: journey.base, email, codes });
}

function statusOf(ctx: Context, problems: readonly Problem[]): number {
  return problems.length > 0 ? refusedStatus(ctx, problems) : 200;
}
