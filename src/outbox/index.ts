/**
 * The outbox: what must reach another server, written in the transaction of the change it announces,
 * encrypted, and sent by a job with growing pauses, by one node at a time. Each channel (mail, notices of
 * sign-out) has its courier and its senders, so that a slow one holds up no other.
 * It owns the table `outbox` and no URL.
 */
export { type Outbox } from "./outbox.ts";
export { type NewChannel, type OpenChannel, type OutboxActs, openOutbox } from "./open.ts";
export { type Waiting } from "./waiting.ts";
export {
  type EntryFilter,
  type EntryState,
  type ListedEntry,
  droppedWord,
  entryStates,
} from "./waiting-store.ts";
export {
  type DeliveryReason,
  failedDelivery,
  longestSendSeconds,
  mayBeKnownElsewhere,
} from "./courier.ts";
export { type Senders } from "./senders.ts";
