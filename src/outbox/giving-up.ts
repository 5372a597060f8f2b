import type { Clock } from "../foundation/index.ts";
import type { Logger, SecurityEvent } from "../operations/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { type ClaimedEntry, OutboxStore } from "./outbox-store.ts";

/** Records in a transaction, and gives back what writes the event to the log once that is written: how the audit does it. */
export type RecordWithin = (
  transaction: Transaction,
  event: SecurityEvent,
) => Promise<() => Promise<void>>;

/** What giving up needs of a channel. */
export interface GivingUpParts {
  readonly channel: string;
  readonly courier: {
    readonly givenUp: (entry: ClaimedEntry, reason: string, error: string) => SecurityEvent;
  };
  readonly database: Pick<Database, "transaction">;
  readonly recordWithin: RecordWithin;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Ends an entry that there is no next try for, and records it, once: both are written or neither. Where they cannot be, it is
 * tried once more when its lease has ended.
 */
export async function giveUp(
  entry: ClaimedEntry,
  { reason, error }: { readonly reason: string; readonly error: string },
  parts: GivingUpParts,
): Promise<void> {
  const { channel, courier, clock, recordWithin } = parts;
  const log = await parts.database.transaction(async (transaction) => {
    const store = new OutboxStore(transaction, channel);
    if (!(await store.markFailed(entry, clock.epochSeconds(), error))) return undefined;
    return recordWithin(transaction, courier.givenUp(entry, reason, error));
  });
  if (!log) return;
  parts.logger.error(
    { ...aboutEntry(entry, parts), reason, error },
    "not delivered; it is given up",
  );
  await log();
}

/** What a line of the log says of an entry. */
export function aboutEntry(
  { id, name, attempt, accountSub }: ClaimedEntry,
  { channel }: Pick<GivingUpParts, "channel">,
) {
  return { outboxId: id, channel, name, attempt, sub: accountSub };
}
