import type { Context } from "koa";
import type { Account } from "../accounts/index.ts";
import { ownCookie } from "../web/index.ts";
import { type TotpFactors, type TotpProposal, proposalLifeSeconds } from "./totp-factors.ts";

/** Where an application is proposed. */
export interface ProposingPage {
  /** No other page is sent the cookie. */
  readonly path: string;
  /** The session, or the authorization, that it is proposed within; another one is proposed another. */
  readonly within: string;
}

const cookie = ownCookie("proposed-application", {
  scoped: true,
  lifeSeconds: proposalLifeSeconds,
});

/**
 * The application that a page proposes: what its form brought back, else what this browser was shown before, else a new one.
 * Whoever loads the page again, or switches its language, may have the secret in their telephone by then: one that is proposed
 * stays the same for as long as it may be turned on. It stands in a cookie, sealed as in the form, and nowhere on the server.
 * The cookie says within what it was proposed: nobody plants a secret that they know, or leaves one behind.
 */
export function shownProposal(
  ctx: Context,
  totp: Pick<TotpFactors, "propose" | "proposed">,
  account: Account,
  { path, within }: ProposingPage,
  enrolment = "",
): TotpProposal {
  const begins = `${within}:`;
  const found = cookie.read(ctx) ?? "";
  const kept = found.startsWith(begins) ? found.slice(begins.length) : "";
  const shown =
    totp.proposed(account, enrolment) ?? totp.proposed(account, kept) ?? totp.propose(account);
  if (shown.sealed !== kept) cookie.write(ctx, begins + shown.sealed, { path });
  return shown;
}

/** One that was turned on is proposed no more, were it turned off within the hour. */
export function forgetProposal(ctx: Context, { path }: Pick<ProposingPage, "path">): void {
  cookie.clear(ctx, { path });
}
