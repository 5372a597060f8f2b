import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import type { SecurityEvent } from "../operations/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { ClientDirectory } from "./client-directory.ts";
import { ClientStore } from "./client-store.ts";

/** What a change of registered clients is written with. */
export interface RecordedChangeParts extends RecordedTransactionParts {
  readonly directory: Pick<ClientDirectory, "reload">;
}

/** An accepted event of a client: who did what to which. */
export type ClientEvent = Pick<SecurityEvent, "name" | "clientId" | "actor" | "details">;

/**
 * One change of registered clients: it is counted, for the other nodes, and its events are written with it. This process knows of it
 * when it returns.
 * @param write returns false where there was nothing to change: then nothing is recorded
 * @returns whether something was changed
 */
export async function recordedChange(
  parts: RecordedChangeParts,
  events: readonly ClientEvent[],
  write: (clients: ClientStore, transaction: Transaction) => Promise<boolean>,
): Promise<boolean> {
  const isChanged = await recordedTransaction(parts, async (transaction, tell) => {
    const clients = new ClientStore(transaction);
    await clients.countChange();
    const isWritten = await write(clients, transaction);
    if (isWritten) for (const event of events) tell({ ...event, outcome: "accepted" });
    return isWritten;
  });
  await parts.directory.reload();
  return isChanged;
}
