import type { Clock } from "../foundation/index.ts";
import type { RecordWithin } from "../house/index.ts";
import type { Logger, SecurityEvent } from "../operations/index.ts";
import type { Database } from "../storage/index.ts";
import { type ClaimedEntry, OutboxStore } from "./outbox-store.ts";

/** What the event of an entry says by itself; that it was refused, why, and whom it was about is added to it. */
export type GivenUp = Pick<SecurityEvent, "name" | "details" | "clientId"> & {
  /** Of an entry about no account. */
  readonly subject?: SecurityEvent["subject"];
};

/** What giving up needs of a channel. */
export interface GivingUpParts {
  readonly channel: string;
  readonly courier: {
    readonly givenUp: (entry: ClaimedEntry, error: string) => GivenUp;
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
    const told = courier.givenUp(entry, error);
    const { accountSub } = entry;
    const subject = accountSub === undefined ? told.subject : { sub: accountSub };
    return recordWithin(transaction, { ...told, outcome: "refused", reason, subject });
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
