/**
 * The house: what every room stands on (`Ground`), the shape it has when it is opened (`Room`), and what is folded over
 * all rooms: the export, the erasure and the purge of personal data, table by table. It knows no room.
 * It owns no URL, and the table `purges`.
 */
export { type Ground, type Surroundings } from "./ground.ts";
export { type ClaimedTable, type Person, type Purge } from "./personal-data.ts";
export { openHouse } from "./open-house.ts";
export { PurgeStore, type PurgeState } from "./purge-store.ts";
export { type RecordSoon, type RecordWithin } from "./record-within.ts";
export {
  type RecordedTransactionParts,
  type TellEvent,
  recordedTransaction,
} from "./recorded-transaction.ts";
export { proveRegister } from "./register-proof.ts";
export { type RoomList } from "./room-list.ts";
export { type Room, type Routes, room } from "./room.ts";
export { watchRegister } from "./watched-register.ts";
