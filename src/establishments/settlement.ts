import type { Announcement } from "../foundation/index.ts";
import type { RecordSoon } from "../house/index.ts";
import type { SecurityEvent } from "../operations/index.ts";
import type { Database } from "../storage/index.ts";
import type { SettleRequests } from "./access-changes.ts";
import { AccessRequestStore } from "./access-request-store.ts";
import type { AccessRequest, QueuedRequest } from "./access-request.ts";
import type { Access } from "./access.ts";
import { decidedEvents } from "./recorded-acts.ts";

/** What settling stands on. */
export interface SettlementParts {
  readonly database: Database;
  readonly decided: Announcement<QueuedRequest>;
  readonly recordSoon: RecordSoon;
}

/**
 * What is opened by another way (the account's page, an import, the API, the command line) settles the requests that
 * wait for it: nobody decides again what is open. The accounts must be held.
 */
export function createSettlement({
  database,
  decided,
  recordSoon,
}: SettlementParts): SettleRequests {
  return async (transaction, opened) => {
    const store = new AccessRequestStore(transaction);
    const byAccount = Map.groupBy(opened, ({ accountId }) => accountId);
    const settled: number[] = [];
    const events: SecurityEvent[] = [];
    for (const asked of await store.waitingOf([...byAccount.keys()])) {
      const { id, accountId } = asked;
      const own = byAccount.get(accountId) ?? [];
      if (!waitsForOne(asked, own)) continue;
      const establishments = own.map(({ siret }) => ({ siret, state: "accepted" as const }));
      const [{ sub, openedBy: by, openedAt: at }] = own as [(typeof own)[0]];
      const request = await store.decide(id, { establishments, by, at });
      if (!request || request.state === "waiting") continue;
      settled.push(id);
      events.push(...decidedEvents(request, sub));
    }
    const placed = await recordSoon(transaction, events);
    return async () => {
      await placed();
      for (const id of settled) await tellDecided({ database, decided }, id);
    };
  };
}

function waitsForOne({ establishments }: AccessRequest, opened: readonly Access[]): boolean {
  return establishments.some(
    ({ siret, state }) => state === "waiting" && opened.some((each) => each.siret === siret),
  );
}

/** Tells who listens of a request that was decided, as it is once that is written. */
export async function tellDecided(
  { database, decided }: Pick<SettlementParts, "database" | "decided">,
  id: number,
): Promise<void> {
  const request = await new AccessRequestStore(database.knex).find(id);
  if (request) await decided.tell([request]);
}
