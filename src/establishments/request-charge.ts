import type { AuthorityReason } from "../accounts/index.ts";
import { type Clock, type Outcome, accepted, refused } from "../foundation/index.ts";
import type { Database } from "../storage/index.ts";
import { AccessRequestStore } from "./access-request-store.ts";
import { mayAct } from "./act-authority.ts";
import { HolderStore } from "./holder-store.ts";

/** Who is to have a request in charge. */
export interface ChargeCommand {
  readonly id: number;
  /** The `sub` of a member of staff; undefined: nobody any more. */
  readonly to: string | undefined;
  /** Who had it when the one who acts looked: of two at once one is told. */
  readonly seen: string | undefined;
  /** The `sub` of the member of staff who acts. */
  readonly by: string;
}

/**
 * Why nothing changed. `request-taken`: somebody else took it, or handed it on, meanwhile; `colleague-may-not`: who is to
 * have it may not decide it.
 */
export type ChargeRefusal =
  "request-not-waiting" | "request-taken" | "colleague-may-not" | AuthorityReason;

/**
 * Takes a request that waits in charge, hands it on or lets it go: whoever may decide it, from whomever. It keeps nobody from
 * deciding: a colleague may be away, and the work goes on.
 */
export async function changeCharge(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  { id, to, seen, by }: ChargeCommand,
): Promise<Outcome<{ readonly takenBy: string | undefined }, ChargeRefusal>> {
  const asked = await new AccessRequestStore(database.knex).find(id);
  if (asked?.state !== "waiting") return refused({ reason: "request-not-waiting" });
  return database.transaction(async (transaction) => {
    const holders = new HolderStore(transaction);
    const [holder] = await holders.hold([asked.accountId], by);
    const why = (await mayAct(holders, by))(holder);
    if (why) return refused({ reason: why });
    if (to !== undefined && to !== by && (await mayAct(holders, to))(holder))
      return refused({ field: "to", reason: "colleague-may-not" });
    const store = new AccessRequestStore(transaction);
    if (await store.charge(id, { to, seen, at: clock.epochSeconds() }))
      return accepted({ takenBy: to });
    const now = await store.find(id);
    return refused({
      reason: now?.state === "waiting" ? "request-taken" : "request-not-waiting",
    });
  });
}
