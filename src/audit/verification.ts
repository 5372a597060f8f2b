import type { AuditHead, AuditStore } from "./audit-store.ts";
import type { Anchor } from "./anchor.ts";
import { type AuditRow, hashOf, knownForm, keepsItsCommitments } from "./chain.ts";
import type { ChainKeys } from "./chain-keys.ts";
import type { SignedHead } from "./signed-head.ts";
import { type Trust, createTrust } from "./trust.ts";

/** What is wrong where the chain first fails. */
export type ChainFault =
  | "missing"
  | "newer-form"
  | "altered"
  | "broken-link"
  | "not-in-chain"
  | "unkeyed"
  | "key-unknown"
  | "beginning-unaccounted"
  | "truncated"
  | "head-differs"
  | "head-altered";

/** What verifying the chain found. */
export type Verification =
  | {
      readonly intact: true;
      /** How many events stand in the chain, and of how many personal parts were erased. */
      readonly events: number;
      readonly erased: number;
      readonly firstSeq: number;
      /** How many lines no key covers by themselves: of before there were keys, and of older builds beside this one. */
      readonly beforeKeys: number;
      readonly ofOlderBuilds: number;
      /** Where the chain ends: compare it with `auditSeq` and `auditHash` of a log kept elsewhere. */
      readonly head: { readonly seq: number; readonly hash: string };
    }
  | { readonly intact: false; readonly seq: number; readonly fault: ChainFault };

const rowsAPage = 1000;

/**
 * Walks the whole chain. Events appended meanwhile are left for the next time; a purge meanwhile makes it
 * begin again.
 * @param kept heads that were kept elsewhere: the chain must go on from each
 */
export async function verifyChain(
  store: AuditStore,
  {
    keys,
    anchor,
    kept = [],
  }: {
    readonly keys: ChainKeys;
    readonly anchor: () => Promise<Anchor | undefined>;
    readonly kept?: readonly SignedHead[] | undefined;
  },
): Promise<Verification> {
  for (;;) {
    const head = await store.head();
    const anchored = await anchor();
    const trust = createTrust(keys, anchored);
    const found = endsDiffer(head, anchored, kept) ?? (await walk(store, head, trust, kept));
    if (found.intact || (await store.head()).purged_seq === head.purged_seq) return found;
  }
}

/** The chain ends before what is known of it from elsewhere, or begins behind something else. */
function endsDiffer(
  head: AuditHead,
  anchor: Anchor | undefined,
  kept: readonly SignedHead[],
): Verification | undefined {
  if (anchor && anchor.seq === head.purged_seq && anchor.hash !== head.purged_hash)
    return { intact: false, seq: head.purged_seq + 1, fault: "beginning-unaccounted" };
  const least = kept.reduce((most, { seq }) => Math.max(most, seq), anchor?.seq ?? 0);
  return head.seq < least ? { intact: false, seq: head.seq + 1, fault: "truncated" } : undefined;
}

async function walk(
  store: AuditStore,
  head: AuditHead,
  trust: Trust,
  kept: readonly SignedHead[],
): Promise<Verification> {
  const keptAt = bySeq(kept);
  const line = new WalkedLine(head, (row) => trust.faultOf(row) ?? differsFrom(keptAt, row));
  while (line.previous.seq < head.seq) {
    const rows = await store.after(line.previous.seq, rowsAPage);
    const fault = line.go(rows);
    if (fault) return { intact: false, seq: line.previous.seq + 1, fault };
  }
  if (line.previous.hash !== head.hash)
    return { intact: false, seq: head.seq, fault: "head-altered" };
  const outside = await store.outsideChain();
  if (outside !== undefined) return { intact: false, seq: outside, fault: "not-in-chain" };
  const firstSeq = head.purged_seq + 1;
  const { events, erased } = line;
  if (!line.isAccounted) return { intact: false, seq: firstSeq, fault: "beginning-unaccounted" };
  const end = { seq: head.seq, hash: head.hash };
  return { intact: true, events, erased, firstSeq, ...trust.counts(), head: end };
}

/** How far the chain was walked, and what was met. */
class WalkedLine {
  previous: { readonly seq: number; readonly hash: string };
  events = 0;
  erased = 0;
  /** Whether a purge among the events says where the chain begins. */
  isAccounted: boolean;
  readonly #head: AuditHead;
  readonly #faultBesides: (row: AuditRow) => ChainFault | undefined;

  constructor(head: AuditHead, faultBesides: (row: AuditRow) => ChainFault | undefined) {
    this.previous = { seq: head.purged_seq, hash: head.purged_hash };
    this.isAccounted = head.purged_seq === 0;
    this.#head = head;
    this.#faultBesides = faultBesides;
  }

  /** Goes on over a page of rows, up to the head. @returns why it stopped behind `previous` */
  go(rows: readonly AuditRow[]): ChainFault | undefined {
    const head = this.#head;
    for (const row of rows) {
      if (row.seq > head.seq) break;
      const fault = faultOf(row, this.previous) ?? this.#faultBesides(row);
      if (fault) return fault;
      this.isAccounted ||= accountsFor(row, head);
      this.events += 1;
      if (row.about_salt === null || row.origin_salt === null) this.erased += 1;
      this.previous = { seq: row.seq, hash: row.hash };
    }
    return this.#isMissing(rows) ? "missing" : undefined;
  }

  /** Whether no row is left to come, and the head was not met. */
  #isMissing(rows: readonly AuditRow[]): boolean {
    const { seq } = this.#head;
    const ended = rows.length < rowsAPage || (rows.at(-1)?.seq ?? 0) >= seq;
    return ended && this.previous.seq < seq;
  }
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

function bySeq(kept: readonly SignedHead[]): ReadonlyMap<number, ReadonlySet<string>> {
  const hashes = new Map<number, Set<string>>();
  for (const { seq, hash } of kept) hashes.set(seq, (hashes.get(seq) ?? new Set()).add(hash));
  return hashes;
}

/** Events before the oldest that is kept cannot be compared: the purge that removed them is an event itself. */
function differsFrom(
  kept: ReadonlyMap<number, ReadonlySet<string>>,
  { seq, hash }: AuditRow,
): ChainFault | undefined {
  const hashes = kept.get(seq) ?? [];
  return [...hashes].some((each) => each !== hash) ? "head-differs" : undefined;
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
