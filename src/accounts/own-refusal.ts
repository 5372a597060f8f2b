import { type EmailAddress, parseEmailAddress } from "../foundation/index.ts";
import type { AccountStore } from "./account-store.ts";
import type { KnownBrowserStore } from "./known-browser-store.ts";

/** Whether an address refuses our mail, and when it last did. A port: mail knows. */
export type RefusalOf = (email: EmailAddress) => Promise<{ readonly at: number } | undefined>;

/**
 * Whether mail to an address is refused, said in a browser in which its person has signed in alone: an unknown address gets
 * no letter of recovery, so a refusal would tell a stranger that there is an account.
 */
export function createOwnRefusal(parts: {
  readonly accounts: AccountStore;
  readonly knownBrowsers: KnownBrowserStore;
  readonly refusalOf: RefusalOf;
}): (typed: string, browserSecret: string | undefined) => Promise<boolean> {
  return async (typed, browserSecret) => {
    const email = parseEmailAddress(typed);
    if (!email) return false;
    const [known, refusal] = await Promise.all([
      parts.accounts.findByEmail(email),
      parts.refusalOf(email),
    ]);
    const browser = await parts.knownBrowsers.find(known?.account, browserSecret);
    return browser !== undefined && refusal !== undefined;
  };
}
