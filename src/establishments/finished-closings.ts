import type { RecordWithin } from "../house/index.ts";
import { type Access, closedByDate } from "./access.ts";
import type { Accesses } from "./accesses.ts";

/** What finishing takes. */
export interface ClosingFinisherParts {
  readonly accesses: Accesses;
  /** Ends every authorization that was made for an establishment, for a person. */
  readonly endAuthorizations: (sub: string, siret: string) => Promise<void>;
  readonly recordWithin: RecordWithin;
}

/**
 * Closing is written in the register first; this finishes it: the authorizations end, and it stands in the audit. Whoever
 * closed does so at once, a job finishes what failed, in the same way and once.
 */
export function closingFinisher({
  accesses,
  endAuthorizations,
  recordWithin,
}: ClosingFinisherParts): (closed: Access) => Promise<void> {
  return async ({ id, sub, siret, closedBy }) => {
    await endAuthorizations(sub, siret);
    const actor = closedBy === closedByDate ? undefined : closedBy;
    const about = { subject: { sub }, actor, details: { siret } };
    let log = () => Promise.resolve();
    await accesses.markRevoked(id, async (transaction) => {
      const event = { name: "access-closed", outcome: "accepted", ...about } as const;
      log = await recordWithin(transaction, event);
    });
    await log();
  };
}
