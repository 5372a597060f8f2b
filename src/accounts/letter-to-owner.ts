import type { EmailAddress } from "../foundation/index.ts";
import type { Account } from "./account.ts";

/** What the owner of an address gets when somebody asks to use it for another account. */
export function letterToOwner(
  parts: {
    readonly issuer: string;
    readonly startAgain: (clientId: string | undefined, loginHint: EmailAddress) => string;
  },
  { email, sub, locale, clientId }: Account,
) {
  const signInUrl = parts.startAgain(clientId, email);
  return {
    to: email,
    accountSub: sub,
    letter: "accounts/existing-account" as const,
    locale,
    model: { signInUrl, recoveryUrl: `${parts.issuer}/recovery` },
  };
}
