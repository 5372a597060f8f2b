import type { SecurityEvent } from "../operations/index.ts";
import type { Transaction } from "../storage/index.ts";

/**
 * Records in the transaction of the act itself, as its last statement: act and event are written, or neither.
 * @returns what writes it to the log, to be called once the transaction is written
 */
export type RecordWithin = (
  transaction: Transaction,
  event: SecurityEvent,
) => Promise<() => Promise<void>>;
