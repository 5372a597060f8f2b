import type { RecordWithin } from "../house/index.ts";
import type { Database } from "../storage/index.ts";
import type { Stream } from "./stream.ts";
import type { WaitingEvent, WaitingStore } from "./waiting-store.ts";

/** What ends an event that its receiver refuses. */
export interface RefusedEventParts {
  readonly database: Pick<Database, "transaction">;
  readonly waiting: WaitingStore;
  readonly recordWithin: RecordWithin;
}

/**
 * Ends what a receiver cannot use, and records it: both or neither. It never comes again.
 * @param details machine words: what it was, why it was refused
 * @returns false where it did not wait any more
 */
export async function endRefused(
  { database, waiting, recordWithin }: RefusedEventParts,
  { id: streamId, clientId }: Stream,
  { id }: Pick<WaitingEvent, "id">,
  details: Readonly<Record<string, string>>,
): Promise<boolean> {
  const log = await database.transaction(async (transaction) => {
    if ((await waiting.within(transaction).remove(streamId, [id])) === 0) return undefined;
    const event = { name: "signal-failed", outcome: "refused", clientId } as const;
    return recordWithin(transaction, { ...event, reason: "refused-for-good", details });
  });
  await log?.();
  return log !== undefined;
}
