import type { Anchor } from "./anchor.ts";
import type { AuditRow } from "./chain.ts";
import { type ChainKeys, lineText } from "./chain-keys.ts";

/** What is wrong with the key of a line. */
export type KeyFault = "altered" | "key-unknown" | "unkeyed";

/** Judges the keyed digests of a chain, line after line from its beginning. */
export interface Trust {
  readonly faultOf: (row: AuditRow) => KeyFault | undefined;
  /** How many lines had no key, and were accepted: before there were keys, and of older builds beside. */
  readonly counts: () => { readonly beforeKeys: number; readonly ofOlderBuilds: number };
}

/**
 * A line is signed, or stands before the anchor, which the anchor's own hash covers (whatever key it bears), or was written by an older build
 * while one could run. Once a signed line of after that time was seen, no line without a key is accepted any more: what
 * an older build wrote late, and what other hands wrote, look the same.
 */
export function createTrust(keys: ChainKeys, anchor: Anchor | undefined): Trust {
  const { seq: anchored = 0, hash: anchorHash, olderBuildsUntil = 0 } = anchor ?? {};
  let [beforeKeys, ofOlderBuilds] = [0, 0];
  let over = false;
  return {
    faultOf: (row) => {
      if (row.seq === anchored && row.hash !== anchorHash) return "altered";
      if (row.mac !== null) {
        over ||= row.occurred_at > olderBuildsUntil;
        const checked = keys.check(lineText(row.hash), row.mac);
        if (checked === "right") return undefined;
        if (checked === "wrong") return "altered";
        // Its key was lost, and whoever holds the others vouched for it.
        if (row.seq > anchored) return "key-unknown";
      }
      if (row.seq <= anchored) beforeKeys += 1;
      else if (!over && row.occurred_at <= olderBuildsUntil) ofOlderBuilds += 1;
      else return "unkeyed";
      return undefined;
    },
    counts: () => ({ beforeKeys, ofOlderBuilds }),
  };
}
