import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import type { Logger, SecurityEvent } from "../operations/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { ClientDirectory } from "./client-directory.ts";
import { ClientStore } from "./client-store.ts";

/** What a change of registered clients is written with. */
export interface RecordedChangeParts extends RecordedTransactionParts {
  readonly directory: Pick<ClientDirectory, "reload">;
  readonly logger: Pick<Logger, "error">;
  readonly authorize: AuthorizeClientChange;
}

/**
 * Judges again who changes clients, in the transaction of the change: what they name elsewhere was asked for meanwhile. A client that
 * changes itself, and the operator, may.
 * @throws AppError 403 for a person who may not (any more)
 */
export type AuthorizeClientChange = (transaction: Transaction, actor: string) => Promise<void>;

/** An accepted event of a client: who did what to which. */
export type ClientEvent = Pick<SecurityEvent, "name" | "clientId" | "details"> & {
  readonly actor: string;
};

/**
 * One change of registered clients: it is counted, for the other nodes, and its events are written with it. This process knows of it
 * when it returns, or follows it as other nodes do: what is written stays written, and a secret is told once, whatever fails behind it.
 * @param write returns false where there was nothing to change: then nothing is recorded
 * @returns whether something was changed
 * @throws AppError 403 for a person who may not (any more)
 */
export async function recordedChange(
  parts: RecordedChangeParts,
  events: readonly [ClientEvent, ...ClientEvent[]],
  write: (clients: ClientStore, transaction: Transaction) => Promise<boolean>,
): Promise<boolean> {
  const isChanged = await recordedTransaction(parts, async (transaction, tell) => {
    // The account of who acts comes first, as in acts on accounts that ask for clients behind.
    await parts.authorize(transaction, events[0].actor);
    const clients = new ClientStore(transaction);
    await clients.countChange();
    const isWritten = await write(clients, transaction);
    if (isWritten) for (const event of events) tell({ ...event, outcome: "accepted" });
    return isWritten;
  });
  await parts.directory.reload().catch((err: unknown) => {
    parts.logger.error({ err }, "a change of clients is written, and is not read again yet");
  });
  return isChanged;
}
