import type { Sealed } from "../secrets/index.ts";
import type { Database } from "../storage/index.ts";
import { AuditStore } from "./audit-store.ts";
import { type ChainKeys, lineText } from "./chain-keys.ts";

const linesAtOnce = 200;

/** The digests of the chain: what an older key signed, and is as it was signed, is signed by the first. */
export function signedLines(database: Database, keys: ChainKeys): Sealed {
  const store = new AuditStore(database.knex);
  return {
    table: "audit_events",
    keyIds: keys.keyIds,
    counts: () => store.keyCounts(),
    renew: async (stopping) => {
      const [first = ""] = keys.keyIds;
      let [renewed, unreadable, after] = [0, 0, 0];
      while (!stopping?.aborted) {
        const lines = await store.signedByOthers(first, after, linesAtOnce);
        await database.transaction(async (transaction) => {
          const bound = store.within(transaction);
          for (const line of lines) {
            const text = lineText(line.hash);
            if (keys.check(text, line.mac ?? "") !== "right") unreadable += 1;
            else if (await bound.replaceMac(line, keys.sign(text))) renewed += 1;
          }
        });
        if (lines.length < linesAtOnce) break;
        after = lines.at(-1)?.seq ?? after;
      }
      return { renewed, unreadable };
    },
  };
}

/** The key that signed the last event, by its identifier, when it is none of those given. */
export async function unknownHeadKey(
  store: AuditStore,
  keys: ChainKeys,
): Promise<string | undefined> {
  const last = await store.at((await store.head()).seq);
  // Lines of older builds bear no key, and an altered one is for the verification to find.
  if (!last?.mac || keys.check(lineText(last.hash), last.mac) !== "unknown-key") return undefined;
  return last.mac.split(".")[1];
}
