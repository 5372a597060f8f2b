/**
 * The house: the shape that every room has when it is opened (`Room`), and what is folded over all of them: the
 * export, the erasure and the purge of personal data, table by table. Only types and folds; it knows no room.
 * It owns no URL and no table.
 */
export {
  type Because,
  type ClaimedTable,
  type Export,
  type Person,
  type Purge,
  erased,
  exported,
  purged,
} from "./personal-data.ts";
export { type Room, room } from "./room.ts";
