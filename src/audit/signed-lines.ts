import { pieces } from "../foundation/index.ts";
import type { Sealed } from "../secrets/index.ts";
import type { Database } from "../storage/index.ts";
import { AuditStore, type ChainStretch } from "./audit-store.ts";
import type { AuditRow } from "./chain.ts";
import { type ChainKeys, lineText } from "./chain-keys.ts";

/** So many lines a statement reads: of millions it would take longer than a statement may. */
const linesAStatement = 5000;

/** So many are signed anew together. */
const linesAtOnce = 200;

/**
 * The digests of the chain: what an older key signed, and is as it was signed, is signed by the first. What this process has
 * found signed by the first key is not read again hour by hour.
 */
export function signedLines(database: Database, keys: ChainKeys): Sealed {
  const store = new AuditStore(database.knex);
  let signedThrough = 0;
  return {
    table: "audit_events",
    keyIds: keys.keyIds,
    counts: async () => {
      const counts = new Map<string, number>();
      for (const stretch of await stretches(store, 0))
        for (const { keyId, count } of await store.keyCounts(stretch))
          counts.set(keyId, (counts.get(keyId) ?? 0) + count);
      return [...counts].map(([keyId, count]) => ({ keyId, count }));
    },
    renew: async (stopping) => {
      const [first = ""] = keys.keyIds;
      let [renewed, unreadable] = [0, 0];
      for (const stretch of await stretches(store, signedThrough)) {
        if (stopping?.aborted) break;
        for (const lines of pieces(await store.signedByOthers(first, stretch), linesAtOnce)) {
          const anew = await signedAnew(database, keys, lines);
          renewed += anew;
          unreadable += lines.length - anew;
        }
        if (unreadable === 0) signedThrough = stretch.through;
      }
      return { renewed, unreadable };
    },
  };
}

/** The chain behind a place, piece by piece. */
async function stretches(store: AuditStore, behind: number): Promise<ChainStretch[]> {
  const { seq, purged_seq: purgedSeq } = await store.head();
  const all: ChainStretch[] = [];
  for (let after = Math.max(behind, purgedSeq); after < seq; after += linesAStatement)
    all.push({ after, through: Math.min(after + linesAStatement, seq) });
  return all;
}

/** @returns how many: not those that are not as they were signed */
async function signedAnew(
  database: Database,
  keys: ChainKeys,
  lines: readonly AuditRow[],
): Promise<number> {
  return database.transaction(async (transaction) => {
    const store = new AuditStore(transaction);
    let count = 0;
    for (const line of lines) {
      const text = lineText(line.hash);
      if (keys.check(text, line.mac ?? "") !== "right") continue;
      if (await store.replaceMac(line, keys.sign(text))) count += 1;
    }
    return count;
  });
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
