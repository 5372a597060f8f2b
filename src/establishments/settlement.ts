import type { Announcement } from "../foundation/index.ts";
import type { Database } from "../storage/index.ts";
import type { SettleRequests } from "./access-changes.ts";
import { AccessRequestStore } from "./access-request-store.ts";
import type { QueuedRequest } from "./access-request.ts";

/**
 * What is opened by another way (the account's page, an import, the API, the command line) settles the requests that
 * wait for it: nobody decides again what is open. The accounts must be held.
 */
export function createSettlement({
  database,
  decided,
}: {
  readonly database: Database;
  readonly decided: Announcement<QueuedRequest>;
}): SettleRequests {
  return async (transaction, opened) => {
    const store = new AccessRequestStore(transaction);
    const byAccount = Map.groupBy(opened, ({ accountId }) => accountId);
    const settled: number[] = [];
    for (const { id, accountId } of await store.waitingOf([...byAccount.keys()])) {
      const own = byAccount.get(accountId) ?? [];
      const establishments = own.map(({ siret }) => ({ siret, state: "accepted" as const }));
      const [{ openedBy: by, openedAt: at }] = own as [(typeof own)[0]];
      const request = await store.decide(id, { establishments, by, at });
      if (request && request.state !== "waiting") settled.push(id);
    }
    return async () => {
      const requests = new AccessRequestStore(database.knex);
      for (const id of settled) {
        const request = await requests.find(id);
        if (request) await decided.tell([request]);
      }
    };
  };
}
