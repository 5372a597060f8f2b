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

/**
 * Records in the transaction of the act itself, wherever in it: act and events are written, or neither. They get their place in the
 * chain once the act is written, whatever dies in between.
 * @returns what gives them their place, to be called once the transaction is written; never throws
 */
export type RecordSoon = (
  transaction: Transaction,
  events: readonly SecurityEvent[],
) => Promise<() => Promise<void>>;
