import type { EmailAddress } from "../foundation/index.ts";
import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import type { AskedBy } from "../operations/index.ts";
import type { RefusedAddresses } from "./refused-address-store.ts";

/**
 * A person is written to again, though their address refused our mail: what it refused is forgotten, and recorded with it.
 * @returns whether it was known; where it was not, somebody was faster, and what was asked for is so
 */
export type ResumeMail = (
  person: { readonly sub: string; readonly email: EmailAddress },
  by: AskedBy,
) => Promise<boolean>;

/** Builds it. */
export function createResumeMail(
  parts: RecordedTransactionParts & { readonly refusedAddresses: Pick<RefusedAddresses, "forget"> },
): ResumeMail {
  return ({ sub, email }, by) =>
    recordedTransaction(parts, async (transaction, tell) => {
      const wasKnown = await parts.refusedAddresses.forget(email, transaction);
      if (wasKnown) tell({ name: "mail-resumed", outcome: "accepted", ...by, subject: { sub } });
      return wasKnown;
    });
}
