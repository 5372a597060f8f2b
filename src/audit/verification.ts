import type { AuditHead, AuditStore } from "./audit-store.ts";
import { type AuditRow, hashOf, knownForm, keepsItsCommitments } from "./chain.ts";

/** What is wrong where the chain first fails. */
export type ChainFault =
  | "missing"
  | "newer-form"
  | "altered"
  | "broken-link"
  | "not-in-chain"
  | "beginning-unaccounted"
  | "head-altered";

/** What verifying the chain found. */
export type Verification =
  | {
      readonly intact: true;
      /** How many events stand in the chain, and of how many personal parts were erased. */
      readonly events: number;
      readonly erased: number;
      readonly firstSeq: number;
      /** Where the chain ends: compare it with `auditSeq` and `auditHash` of a log kept elsewhere. */
      readonly head: { readonly seq: number; readonly hash: string };
    }
  | { readonly intact: false; readonly seq: number; readonly fault: ChainFault };

const rowsAPage = 1000;

/**
 * Walks the whole chain. Events appended meanwhile are left for the next time; a purge meanwhile makes it
 * begin again.
 */
export async function verifyChain(store: AuditStore): Promise<Verification> {
  for (;;) {
    const head = await store.head();
    const found = await walk(store, head);
    if (found.intact || (await store.head()).purged_seq === head.purged_seq) return found;
  }
}

async function walk(store: AuditStore, head: AuditHead): Promise<Verification> {
  let previous = { seq: head.purged_seq, hash: head.purged_hash };
  let [events, erased] = [0, 0];
  let accounted = head.purged_seq === 0;
  while (previous.seq < head.seq) {
    const rows = await store.after(previous.seq, rowsAPage);
    for (const row of rows) {
      if (row.seq > head.seq) break;
      const fault = faultOf(row, previous);
      if (fault) return { intact: false, seq: previous.seq + 1, fault };
      accounted ||= accountsFor(row, head);
      events += 1;
      if (row.about_salt === null || row.origin_salt === null) erased += 1;
      previous = { seq: row.seq, hash: row.hash };
    }
    const ended = rows.length < rowsAPage || (rows.at(-1)?.seq ?? 0) >= head.seq;
    if (ended && previous.seq < head.seq)
      return { intact: false, seq: previous.seq + 1, fault: "missing" };
  }
  if (previous.hash !== head.hash) return { intact: false, seq: head.seq, fault: "head-altered" };
  const outside = await store.outsideChain();
  if (outside !== undefined) return { intact: false, seq: outside, fault: "not-in-chain" };
  const firstSeq = head.purged_seq + 1;
  if (!accounted) return { intact: false, seq: firstSeq, fault: "beginning-unaccounted" };
  return { intact: true, events, erased, firstSeq, head: { seq: head.seq, hash: head.hash } };
}

function faultOf(
  row: AuditRow,
  previous: { readonly seq: number; readonly hash: string },
): ChainFault | undefined {
  if (row.seq !== previous.seq + 1) return "missing";
  if (row.form !== knownForm) return "newer-form";
  if (hashOf(row) !== row.hash || !keepsItsCommitments(row)) return "altered";
  return row.previous_hash === previous.hash ? undefined : "broken-link";
}

/** A purge is itself an event: a beginning that was cut off by other hands has none. */
function accountsFor(row: AuditRow, head: AuditHead): boolean {
  if (row.event !== "audit-purged" || row.details === null) return false;
  const { through, hash } = JSON.parse(row.details) as { through?: unknown; hash?: unknown };
  return through === head.purged_seq && hash === purgeMark(head.purged_hash);
}

/** What a purge's event says of the hash it cut at: short enough not to be redacted as a secret. */
export function purgeMark(hash: string): string {
  return hash.slice(0, 40);
}
