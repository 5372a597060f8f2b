import type { SecurityEvent } from "../operations/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { RecordSoon } from "./record-within.ts";

/** What an act is written and recorded with. */
export interface RecordedTransactionParts {
  readonly database: Database;
  readonly recordSoon: RecordSoon;
}

/** Tells an event of the act that is under way. */
export type TellEvent = (event: SecurityEvent) => void;

/**
 * An act in a transaction, and the events that it tells: all is written, or nothing. They have their place in the chain when this
 * returns, or get it from whichever node comes next.
 * @param work what it tells counts where it returns; where it throws nothing has happened
 */
export async function recordedTransaction<Result>(
  { database, recordSoon }: RecordedTransactionParts,
  work: (transaction: Transaction, tell: TellEvent) => Promise<Result>,
): Promise<Result> {
  const { result, placed } = await database.transaction(async (transaction) => {
    const events: SecurityEvent[] = [];
    const result = await work(transaction, (event) => {
      events.push(event);
    });
    const placed = events.length > 0 ? await recordSoon(transaction, events) : undefined;
    return { result, placed };
  });
  await placed?.();
  return result;
}
