import { type Clock, type Outcome, type Random, days, isoInstant } from "../foundation/index.ts";
import { type AuditPosition, type Logger, type SecurityEvent } from "../operations/index.ts";
import type { KeptSecrets, Sealed } from "../secrets/index.ts";
import type { Database, Queryable, Share, Transaction } from "../storage/index.ts";
import { createAppendQueue } from "./append-queue.ts";
import { readAnchor, writeAnchor } from "./anchor.ts";
import {
  type AuditReading,
  type AuditedPerson,
  createAuditReading,
  personRows,
} from "./audit-reading.ts";
import { AuditStore } from "./audit-store.ts";
import type { ChainKeys } from "./chain-keys.ts";
import { DraftStore } from "./draft-store.ts";
import { type DayCounts, DayCountsStore, type Stretch } from "./day-counts-store.ts";
import { signedLines, unknownHeadKey } from "./signed-lines.ts";
import { type HeadReason, type SignedHead, readHeads, signHead } from "./signed-head.ts";
import { type Draft, chainedBehind, draftOf } from "./chain.ts";
import { type Verification, purgeMark, verifyChain } from "./verification.ts";

/** The audit: events are appended, read, verified, and erased only as the law or their age asks. */
export interface Audit extends AuditReading {
  /** Appends an event of its own; it is durable when this answers. */
  readonly append: (event: SecurityEvent) => Promise<AuditPosition>;
  /**
   * Appends in the transaction of the act itself: both are written, or neither. Let it be the last
   * statement of the transaction, for nobody else appends until that ends.
   */
  readonly appendWithin: (transaction: Transaction, event: SecurityEvent) => Promise<AuditPosition>;
  /** What an event will stand in the chain as, once it has its place there. */
  readonly draft: (event: SecurityEvent) => Draft;
  /** Gives drafts their place, as {@link Audit.appendWithin} does. */
  readonly appendDrafts: (
    transaction: Transaction,
    drafts: readonly Draft[],
  ) => Promise<readonly AuditPosition[]>;
  /** How many accounts were validated, people signed in and sign-ins refused, of each of these days. */
  readonly dayCounts: (days: readonly Stretch[]) => Promise<DayCounts[]>;
  /** Erases a person from the audit without breaking its chain: `sub`, acts and dates stay. */
  readonly erasePerson: (
    transaction: Transaction,
    person: AuditedPerson & { readonly sub: string },
  ) => Promise<void>;
  /** Removes some events of the days before this instant's, the oldest first. @returns how many */
  readonly purge: (before: number) => Promise<number>;
  /** How many events there are, and how many of them would be purged. */
  readonly purgeShare: (before: number) => Promise<Share>;
  /** @param kept heads that were kept elsewhere, from each of which the chain must go on */
  readonly verify: (kept?: readonly SignedHead[]) => Promise<Verification>;
  /** The place of the last event; 0 before the first. */
  readonly lastSeq: () => Promise<number>;
  /** Where the chain ends now, signed, to be kept elsewhere. */
  readonly signedHead: (issuer: string) => Promise<SignedHead>;
  readonly readHeads: (text: string) => Outcome<readonly SignedHead[], HeadReason>;
  /** The key that signed the last event, by its identifier, when it is none of those given; undefined: all is well. */
  readonly unknownHeadKey: () => Promise<string | undefined>;
  /** Signs anew what older keys signed. */
  readonly signed: Sealed;
  /**
   * Who holds the keys vouches for the chain as it ends now: lines without a key are accepted up to there. For what a node
   * of an older build wrote when its time was over; compare the log first.
   */
  readonly vouch: (actor: string) => Promise<AuditPosition>;
}

/** What the audit is built of. */
export interface AuditParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  /** Secret that turns addresses into references, the same as the log's. */
  readonly referenceKey: string | Buffer;
  readonly keys: ChainKeys;
  /** Where the anchor is kept. */
  readonly kept: (db: Queryable) => KeptSecrets;
  readonly logger: Pick<Logger, "error">;
}

/** Builds the audit on its tables; several nodes may append to one. */
export function createAudit(parts: AuditParts): Audit {
  const { clock, database, keys, kept } = parts;
  const store = new AuditStore(database.knex);
  const writing = auditWriting(parts, store);
  const { appendWithin } = writing;
  return {
    ...writing,
    ...createAuditReading(store, parts.referenceKey),
    dayCounts: (asked) => new DayCountsStore(database.knex).of(asked),
    erasePerson: async (transaction, person) => {
      const rows = { ...personRows(person, parts.referenceKey), sub: person.sub };
      await new DraftStore(transaction).erasePerson(rows);
      await store.within(transaction).erasePerson(rows);
    },
    purge: (before) => purge(database, store, before, appendWithin),
    purgeShare: async (before) => {
      const { seq, purged_seq: purgedSeq } = await store.head();
      const last = await store.lastBefore(startOfDay(before));
      return { going: last ? last.seq - purgedSeq : 0, all: seq - purgedSeq };
    },
    verify: (heads) =>
      verifyChain(store, { keys, anchor: () => readAnchor(kept(database.knex)), kept: heads }),
    lastSeq: async () => (await store.head()).seq,
    signedHead: async (issuer) => {
      const { seq, hash } = await store.head();
      const at = isoInstant(clock.epochSeconds());
      return signHead({ issuer, seq, hash, at }, keys);
    },
    readHeads: (text) => readHeads(text, keys),
    unknownHeadKey: () => unknownHeadKey(store, keys),
    signed: signedLines(database, keys),
    vouch: (actor) => vouch(database, kept, actor, appendWithin),
  };
}

function auditWriting(
  parts: AuditParts,
  store: AuditStore,
): Pick<Audit, "append" | "appendWithin" | "draft" | "appendDrafts"> {
  const { database, keys, clock, logger } = parts;
  const enqueue = createAppendQueue({
    ...{ database, keys },
    wentBack: (known, found) => {
      const about = { known: known.seq, found: found.seq };
      logger.error(about, "the audit ends before where it ended: events were removed");
    },
  });
  const draft = (event: SecurityEvent) => draftOf(event, { ...parts, now: clock.epochSeconds() });
  const appendDrafts: Audit["appendDrafts"] = async (transaction, drafts) => {
    if (drafts.length === 0) return [];
    const bound = store.within(transaction);
    const rows = chainedBehind(await bound.holdHead(), drafts, keys);
    await bound.append(rows);
    return rows.map(({ seq, hash }) => ({ seq, hash }));
  };
  return {
    append: (event) => enqueue(draft(event)),
    appendWithin: async (transaction, event) => {
      const [position] = await appendDrafts(transaction, [draft(event)]);
      if (!position) throw new Error("an event was not appended");
      return position;
    },
    draft,
    appendDrafts,
  };
}

/** Nobody appends while a piece is removed. */
const eventsAPurge = 2000;

function startOfDay(instant: number): number {
  return instant - (instant % days(1));
}

async function vouch(
  database: Database,
  kept: AuditParts["kept"],
  actor: string,
  appendWithin: Audit["appendWithin"],
): Promise<AuditPosition> {
  return database.transaction(async (transaction) => {
    const { seq, hash } = await new AuditStore(transaction).holdHead();
    await writeAnchor(kept(transaction), { seq, hash, olderBuildsUntil: 0 });
    const about = { name: "audit-vouched", outcome: "accepted", actor } as const;
    await appendWithin(transaction, { ...about, details: { through: seq } });
    return { seq, hash };
  });
}

/** By whole days, so that the events that purges leave themselves stay few. */
async function purge(
  database: Database,
  store: AuditStore,
  before: number,
  appendWithin: Audit["appendWithin"],
): Promise<number> {
  return database.transaction(async (transaction) => {
    const bound = store.within(transaction);
    const { purged_seq: purgedSeq } = await bound.holdHead();
    const last = await bound.lastBefore(startOfDay(before), purgedSeq + eventsAPurge);
    if (!last) return 0;
    const removed = await bound.purgeThrough(last);
    const details = { through: last.seq, hash: purgeMark(last.hash), events: removed };
    await appendWithin(transaction, { name: "audit-purged", outcome: "accepted", details });
    return removed;
  });
}
