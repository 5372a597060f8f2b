import type { Clock } from "../foundation/index.ts";
import type { Logger } from "../operations/index.ts";
import type { ClaimedEntry, OutboxStore } from "./outbox-store.ts";

/** What giving up needs of a channel. */
export interface GivingUpParts {
  readonly channel: string;
  /** Told once, when there is no next try. */
  readonly courier: {
    readonly givenUp: (entry: ClaimedEntry, reason: string, error: string) => Promise<void>;
  };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Ends an entry that there is no next try for, and has it told, once. */
export async function giveUp(
  entry: ClaimedEntry,
  { reason, error }: { readonly reason: string; readonly error: string },
  store: OutboxStore,
  parts: GivingUpParts,
): Promise<void> {
  if (!(await store.markFailed(entry, parts.clock.epochSeconds(), error))) return;
  parts.logger.error(
    { ...aboutEntry(entry, parts), reason, error },
    "not delivered; it is given up",
  );
  await parts.courier.givenUp(entry, reason, error);
}

/** What a line of the log says of an entry. */
export function aboutEntry(
  { id, name, attempt, accountSub }: ClaimedEntry,
  { channel }: Pick<GivingUpParts, "channel">,
) {
  return { outboxId: id, channel, name, attempt, sub: accountSub };
}
