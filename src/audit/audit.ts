import {
  type Clock,
  type EmailAddress,
  type Outcome,
  type Random,
  days,
  isoInstant,
} from "../foundation/index.ts";
import {
  type AuditPosition,
  type EventName,
  type Logger,
  type SecurityEvent,
  addressReference,
  retentionSeconds,
} from "../operations/index.ts";
import type { KeptSecrets, Sealed } from "../secrets/index.ts";
import type { Database, Queryable, Share, Transaction } from "../storage/index.ts";
import { createAppendQueue } from "./append-queue.ts";
import { type AuditEntry, entryOf } from "./audit-entry.ts";
import { readAnchor, writeAnchor } from "./anchor.ts";
import { AuditStore, lastSeq } from "./audit-store.ts";
import type { ChainKeys } from "./chain-keys.ts";
import { type DayCounts, DayCountsStore, type Stretch } from "./day-counts-store.ts";
import { signedLines, unknownHeadKey } from "./signed-lines.ts";
import { type HeadReason, type SignedHead, readHead, signHead } from "./signed-head.ts";
import { chained, draftOf } from "./chain.ts";
import { type Verification, purgeMark, verifyChain } from "./verification.ts";

/** A person as events name them: by `sub`, and by their address where there was no account yet. */
export interface AuditedPerson {
  readonly sub?: string | undefined;
  readonly email?: EmailAddress | undefined;
  /**
   * Of an account: since when the address is its own, epoch seconds. An address is not an identity over time: events that
   * name it alone are then the account's as far as nobody else had it. Undefined: every event that names either.
   */
  readonly emailVerifiedAt?: number | undefined;
}

/** Which events are asked for; every condition holds. */
export interface AuditFilter {
  /** Events about this person. */
  readonly person?: AuditedPerson | undefined;
  /** Events that this member of staff (`sub`), or `operator`, did. */
  readonly actor?: string | undefined;
  readonly name?: EventName | undefined;
  readonly outcome?: SecurityEvent["outcome"] | undefined;
  readonly clientId?: string | undefined;
  /** About this establishment, alone or among others. */
  readonly siret?: string | undefined;
  /** From this instant on, and before that one: epoch seconds. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** A page of events, the newest first. */
export interface AuditPage {
  readonly entries: AuditEntry[];
  /** The `before` of the next page; undefined on the last. */
  readonly next: number | undefined;
}

/** The audit: events are appended, read, verified, and erased only as the law or their age asks. */
export interface Audit {
  /** Appends an event of its own; it is durable when this answers. */
  readonly append: (event: SecurityEvent) => Promise<AuditPosition>;
  /**
   * Appends in the transaction of the act itself: both are written, or neither. Let it be the last
   * statement of the transaction, for nobody else appends until that ends.
   */
  readonly appendWithin: (transaction: Transaction, event: SecurityEvent) => Promise<AuditPosition>;
  /** A page before a place in the chain. */
  readonly page: (
    filter: AuditFilter,
    options: { readonly before?: number | undefined; readonly limit: number },
  ) => Promise<AuditPage>;
  /** Everything that is asked for, the oldest first, read page by page: for exports. */
  readonly all: (filter: AuditFilter) => AsyncGenerator<AuditEntry>;
  /** A person's own sign-ins, refused ones too, the newest first. */
  readonly signIns: (person: AuditedPerson, limit: number) => Promise<AuditEntry[]>;
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
  /** @param kept a head that was kept elsewhere, from which the chain must go on */
  readonly verify: (kept?: SignedHead) => Promise<Verification>;
  /** The place of the last event; 0 before the first. */
  readonly lastSeq: () => Promise<number>;
  /** Where the chain ends now, signed, to be kept elsewhere. */
  readonly signedHead: (issuer: string) => Promise<SignedHead>;
  readonly readHead: (text: string) => Outcome<SignedHead, HeadReason>;
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

const entriesAPage = 500;

/** Builds the audit on its tables; several nodes may append to one. */
export function createAudit(parts: AuditParts): Audit {
  const { clock, referenceKey } = parts;
  const store = new AuditStore(parts.database.knex);
  const { keys, kept } = parts;
  const enqueue = createAppendQueue({
    ...{ database: parts.database, keys },
    wentBack: (known, found) => {
      const about = { known: known.seq, found: found.seq };
      parts.logger.error(about, "the audit ends before where it ended: events were removed");
    },
  });
  const draft = (event: SecurityEvent) => draftOf(event, { ...parts, now: clock.epochSeconds() });
  const personRows = ({ sub, email, emailVerifiedAt }: AuditedPerson) => ({
    sub,
    reference: email && addressReference(email, referenceKey),
    // What was recorded of its sign-up came before it was validated.
    ownSince:
      emailVerifiedAt === undefined
        ? undefined
        : emailVerifiedAt - retentionSeconds.unvalidatedSignUps,
  });
  const rowFilter = ({ person = {}, name, ...rest }: AuditFilter) => ({
    ...rest,
    ...personRows(person),
    event: name,
  });
  const appendWithin: Audit["appendWithin"] = async (transaction, event) => {
    const bound = store.within(transaction);
    const row = chained(draft(event), await bound.holdHead(), keys);
    await bound.append([row]);
    return { seq: row.seq, hash: row.hash };
  };
  const page: Audit["page"] = async (filter, { before = Number.MAX_SAFE_INTEGER, limit }) => {
    const rows = await store.before(Math.min(before, lastSeq), limit + 1, rowFilter(filter));
    const entries = rows.slice(0, limit).map(entryOf);
    return { entries, next: rows.length > limit ? entries.at(-1)?.seq : undefined };
  };
  return {
    append: (event) => enqueue(draft(event)),
    appendWithin,
    page,
    all: async function* all(filter) {
      for (let seq = 0; ;) {
        const rows = await store.after(seq, entriesAPage, rowFilter(filter));
        yield* rows.map(entryOf);
        if (rows.length < entriesAPage) return;
        seq = rows.at(-1)?.seq ?? seq;
      }
    },
    signIns: async (person, limit) => {
      const { entries } = await page({ person, name: "signed-in" }, { limit });
      return entries;
    },
    dayCounts: (asked) => new DayCountsStore(parts.database.knex).of(asked),
    erasePerson: (transaction, person) =>
      store.within(transaction).erasePerson({ ...personRows(person), sub: person.sub }),
    purge: (before) => purge(parts.database, store, before, appendWithin),
    purgeShare: async (before) => {
      const { seq, purged_seq: purgedSeq } = await store.head();
      const last = await store.lastBefore(startOfDay(before));
      return { going: last ? last.seq - purgedSeq : 0, all: seq - purgedSeq };
    },
    verify: (keptHead) =>
      verifyChain(store, {
        keys,
        anchor: () => readAnchor(kept(parts.database.knex)),
        kept: keptHead,
      }),
    lastSeq: async () => (await store.head()).seq,
    signedHead: async (issuer) => {
      const { seq, hash } = await store.head();
      const at = isoInstant(clock.epochSeconds());
      return signHead({ issuer, seq, hash, at }, keys);
    },
    readHead: (text) => readHead(text, keys),
    unknownHeadKey: () => unknownHeadKey(store, keys),
    signed: signedLines(parts.database, keys),
    vouch: (actor) => vouch(parts.database, kept, actor, appendWithin),
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
