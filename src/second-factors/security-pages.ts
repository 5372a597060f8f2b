import type { Context } from "koa";
import { type Account, type ReadSession, passwordPath, shownDay } from "../accounts/index.ts";
import type { Problem } from "../foundation/index.ts";
import { pageState, refusedStatus, renderPage } from "../web/index.ts";
import { shownProposal } from "./proposed-application.ts";
import { qrCodeOf } from "./qr-code.ts";
import type { SecondFactors } from "./second-factors.ts";

/** Where the page of one's second factors is. */
export const home = "/account/security";
/** Where an application is turned on. */
export const applicationPath = `${home}/application`;
/** Where a passkey is. */
export const newPasskeyPath = `${home}/passkeys/new`;
/** Where recovery codes are shown, once. */
export const codesPath = `${home}/recovery-codes`;

/** Where new ones are made. */
export const renewalPath = `${codesPath}/renew`;

/** Where a factor is turned off. @param credentialId that of a passkey; undefined for the application */
export function removalPath(credentialId: string | undefined): string {
  return `${credentialId === undefined ? applicationPath : `${home}/passkeys/${encodeURIComponent(credentialId)}`}/remove`;
}

/** A person's second factors, each with its way out. */
export async function showSecurity(
  ctx: Context,
  secondFactors: SecondFactors,
  { sub }: Account,
): Promise<void> {
  const locale = pageState(ctx).locale ?? "fr";
  const [held, passkeys] = await Promise.all([
    secondFactors.held(sub),
    secondFactors.passkeys.list(sub),
  ]);
  const { totpSince } = held;
  await renderPage(ctx, 200, "second-factors/security", {
    isDone: ctx.query["done"] === "removed",
    application:
      totpSince === undefined
        ? undefined
        : { since: shownDay(totpSince, locale), removeAction: removalPath(undefined) },
    addApplicationUrl: applicationPath,
    passkeys: passkeys.map(({ credentialId, name, createdAt, lastUsedAt }) => ({
      name,
      since: shownDay(createdAt, locale),
      lastUsed: lastUsedAt === undefined ? undefined : shownDay(lastUsedAt, locale),
      removeAction: removalPath(credentialId),
    })),
    addPasskeyUrl: newPasskeyPath,
    passwordUrl: passwordPath,
    codesLeft: held.recoveryCodesLeft,
    renewAction: renewalPath,
  });
}

/** An application to be turned on. @param answer.enrolment what the form brought back */
export async function showApplication(
  ctx: Context,
  parts: { readonly secondFactors: SecondFactors; readonly readSession: ReadSession },
  account: Account,
  answer: { readonly enrolment?: string; readonly problems: readonly Problem[] },
): Promise<void> {
  const { problems, enrolment } = answer;
  const { totp } = parts.secondFactors;
  const page = { path: applicationPath, within: (await parts.readSession(ctx))?.id ?? "" };
  const { address, secret, sealed } = shownProposal(ctx, totp, account, page, enrolment);
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderPage(ctx, status, "second-factors/enrolment", {
    isSecret: true,
    form: { action: applicationPath, values: {}, problems },
    enrolment: sealed,
    secret,
    address,
    qrCode: qrCodeOf(address),
    backUrl: home,
  });
}
