import type { Knex } from "knex";
import { minutes } from "../foundation/index.ts";
import { type Queryable, indexed } from "../storage/index.ts";
import { pausesSeconds } from "./retries.ts";

/** No sender holds an entry for so long. */
const longestLeaseSeconds = minutes(5);

/** The latest instant that the pause behind each try may end at, from the one that is bound. */
const longestPause = `? + CASE attempts ${pausesSeconds
  .map((pause, index) => `WHEN ${index + 1} THEN ${Math.ceil(pause * 1.1) + 60}`)
  .join(" ")} ELSE 0 END`;

/**
 * Of entries that wait, those that are due and that nobody holds. What the clock alone keeps back although it says so
 * of no try or lease that there is (it has been put back since) may be taken, too.
 * @param now epoch seconds
 */
export function mayBeClaimed(entries: Knex.QueryBuilder, now: number): void {
  void entries
    .where((due) => {
      void due.where("due_at", "<=", now).orWhere("attempts", 0);
      void due.orWhereRaw(`due_at > ${longestPause}`, [now]);
    })
    .where((free) => {
      void free.whereNull("lease_ends_at").orWhere("lease_ends_at", "<=", now);
      void free.orWhere("lease_ends_at", ">", now + longestLeaseSeconds);
    });
}

/** The indexes of what waits (migration 140). */
export type WaitingIndex = "outbox_waiting_by_due" | "outbox_waiting_by_name";

/** Of entries that wait, the longest due first, read by an index: a partial one is found by its word, not by a value that is bound. */
export function longestDue(
  entries: Knex.QueryBuilder,
  db: Queryable,
  index: WaitingIndex = "outbox_waiting_by_due",
): Knex.QueryBuilder {
  return entries
    .from(indexed(db, "outbox", index))
    .whereRaw("state = 'waiting'")
    .orderBy([{ column: "due_at" }, { column: "sequence" }]);
}
