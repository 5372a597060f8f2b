import { parseEmailAddress } from "../foundation/index.ts";
import type { EventSubject } from "../operations/index.ts";
import type { AccountStore } from "./account-store.ts";

/**
 * Whom an event names by an address: the account that has it then, with the address, so that the event stays that account's
 * when the address is another's one day; or the address alone. One look-up in every case: an answer's time tells nothing.
 * @returns undefined when what was typed is no address
 */
export type SubjectOf = (typedEmail: string) => Promise<EventSubject | undefined>;

/** Builds it on the accounts. */
export function createSubjectOf(accounts: Pick<AccountStore, "findByEmail">): SubjectOf {
  return async (typedEmail) => {
    const email = parseEmailAddress(typedEmail);
    if (!email) return undefined;
    const sub = (await accounts.findByEmail(email))?.account.sub;
    return sub === undefined ? { email } : { sub, email };
  };
}
