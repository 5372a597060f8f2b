import { type Queryable, countOf, indexed, someRows } from "../storage/index.ts";
import { type WaitingIndex, longestDue, mayBeClaimed } from "./claimable.ts";

/** Something that waits to be sent; only its encrypted form says to whom and what. */
export interface OutboxEntry {
  /** Known before the insert: the encryption is bound to it. */
  readonly id: string;
  /** What it is, a machine word: the name of a letter. */
  readonly name: string;
  /** The account it is about, when there is one: staff see the fate of its mails. */
  readonly accountSub: string | undefined;
  /** A mark of the server it goes to. Erased when it ends. */
  readonly destination: string | undefined;
  /** Grows with every entry. */
  readonly sequence: number | undefined;
  readonly encryptedContent: string;
}

/** What may be claimed of a channel now. */
export interface ClaimRules {
  /** Destinations that get nothing more for the moment. */
  readonly without: readonly string[];
  /** Of one account, one destination gets an entry only after those before it. */
  readonly inOrder: boolean;
  /** Names that go before the others, where more is due than is looked at. */
  readonly first: readonly string[];
}

/** An entry that one sender holds until its lease ends. */
export interface ClaimedEntry extends OutboxEntry {
  /** Which try this is, from 1. It also tells a sender from its successor after the lease. */
  readonly attempt: number;
  readonly createdAt: number;
}

/** An entry that may be claimed. */
export interface DueEntry {
  readonly id: string;
  readonly destination: string | undefined;
}

/** What became of something to send, or is to become of it. */
export interface EntryFate {
  readonly name: string;
  readonly state: "waiting" | "sent" | "failed";
  readonly attempts: number;
  readonly createdAt: number;
  readonly endedAt: number | undefined;
  /** A machine word: why the last try failed. */
  readonly lastError: string | undefined;
}

/** The newest form of an entry's content that this build reads; what is newer waits for a newer node. */
const newestForm = 1;

/** One channel of the `outbox` table. Times are instants in epoch seconds. */
export class OutboxStore {
  readonly #db: Queryable;
  readonly #channel: string;

  constructor(db: Queryable, channel: string) {
    this.#db = db;
    this.#channel = channel;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): OutboxStore {
    return new OutboxStore(transaction, this.#channel);
  }

  /** Due at once. */
  async insert(entries: readonly OutboxEntry[], now: number): Promise<void> {
    if (entries.length === 0) return;
    await this.#db("outbox").insert(
      entries.map((entry) => ({
        id: entry.id,
        channel: this.#channel,
        name: entry.name,
        account_sub: entry.accountSub ?? null,
        destination: entry.destination ?? null,
        sequence: entry.sequence ?? null,
        state: "waiting",
        attempts: 0,
        due_at: now,
        encrypted_content: entry.encryptedContent,
        created_at: now,
      })),
    );
  }

  /** The entries that may be claimed now: those that go first, then the longest due. */
  async listDue(now: number, limit: number, rules: ClaimRules): Promise<DueEntry[]> {
    const all = await this.#due(now, limit, rules);
    if (all.length < limit || rules.first.length === 0) return all.map(toDue);
    const byName = this.#due(now, limit, rules, "outbox_waiting_by_name");
    const first = await byName.whereIn("name", [...rules.first]);
    const known = new Set(first.map(({ id }) => id));
    return [...first, ...all.filter(({ id }) => !known.has(id))].map(toDue);
  }

  /** @returns the entry for one claimer only; undefined when another was faster. */
  async claim(id: string, now: number, leaseEndsAt: number): Promise<ClaimedEntry | undefined> {
    const rows = await this.#claimable(now)
      .andWhere({ id })
      .update({ lease_ends_at: leaseEndsAt, attempts: this.#db.raw("attempts + 1") })
      .returning<ClaimedRow[]>([
        ...["id", "name", "account_sub", "destination", "sequence", "encrypted_content"],
        ...["attempts", "created_at"],
      ]);
    return rows[0] && toClaimed(rows[0]);
  }

  /** Its sender needs longer. */
  async hold(entry: ClaimedEntry, leaseEndsAt: number): Promise<void> {
    await this.#held(entry).update({ lease_ends_at: leaseEndsAt });
  }

  /** Whoever sent it may say so, even after its lease: it has left. Erases the content. */
  async markSent(id: string, now: number): Promise<boolean> {
    const sent = { ...ended(now), state: "sent", last_error: null };
    return (await this.#db("outbox").where({ id, state: "waiting" }).update(sent)) === 1;
  }

  /** The next try is at `dueAt`. False when the entry ended meanwhile or has a new sender. */
  async postpone(entry: ClaimedEntry, dueAt: number, error: string): Promise<boolean> {
    const later = { due_at: dueAt, lease_ends_at: null, last_error: error };
    return (await this.#held(entry).update(later)) === 1;
  }

  /** There is no next try. Erases the content. False as for {@link postpone}. */
  async markFailed(entry: ClaimedEntry, now: number, error: string): Promise<boolean> {
    const failed = { ...ended(now), state: "failed", last_error: error };
    return (await this.#held(entry).update(failed)) === 1;
  }

  /** What was or is to be sent about an account, the newest first. */
  async fatesOf(accountSub: string, limit: number): Promise<EntryFate[]> {
    const rows = await this.#db("outbox")
      .where({ channel: this.#channel, account_sub: accountSub })
      .orderBy("created_at", "desc")
      .limit(limit)
      .select<FateRow[]>("name", "state", "attempts", "created_at", "ended_at", "last_error");
    return rows.map(toFate);
  }

  /** How many could not be sent, of those not purged. */
  countFailed(): Promise<number> {
    return countOf(this.#db("outbox").where({ channel: this.#channel, state: "failed" }));
  }

  /** Deletes some of what ended before an instant, which had been made before it, as an index knows. @returns how many. */
  async purge(endedBefore: number): Promise<number> {
    return someRows(this.#db, "outbox", ["id"], (ended) => {
      void ended
        // Not by the index of a channel, which knows no instant of what has ended.
        .whereRaw("channel || '' = ?", [this.#channel])
        .whereIn("state", ["sent", "failed"])
        .where("created_at", "<", endedBefore)
        .where("ended_at", "<", endedBefore);
    }).delete();
  }

  #due(now: number, limit: number, { without, inOrder }: ClaimRules, index?: WaitingIndex) {
    const due = longestDue(this.#claimable(now), this.#db, index);
    if (without.length > 0) {
      void due.where((free) => {
        void free.whereNull("destination").orWhereNotIn("destination", [...without]);
      });
    }
    if (inOrder) void due.whereNotExists(this.#before());
    return due.limit(limit).select<DueRow[]>("id", "destination");
  }

  #claimable(now: number) {
    return this.#db("outbox")
      .where({ channel: this.#channel, state: "waiting" })
      .where("form", "<=", newestForm)
      .where((entries) => mayBeClaimed(entries, now));
  }

  /** What waits for the same destination about the same account, and was there before; of all that waits SQLite would read each. */
  #before() {
    return this.#db
      .from(indexed(this.#db, "outbox as earlier", "outbox_account_sub_index"))
      .select(this.#db.raw("1"))
      .where({ "earlier.channel": this.#channel, "earlier.state": "waiting" })
      .whereRaw("earlier.account_sub = outbox.account_sub")
      .whereRaw("earlier.destination = outbox.destination")
      .whereRaw("earlier.sequence < outbox.sequence");
  }

  #held({ id, attempt }: ClaimedEntry) {
    return this.#db("outbox").where({ id, state: "waiting", attempts: attempt });
  }
}

function toDue({ id, destination }: DueRow): DueEntry {
  return { id, destination: destination ?? undefined };
}

interface FateRow {
  name: string;
  state: EntryFate["state"];
  attempts: number;
  created_at: number;
  ended_at: number | null;
  last_error: string | null;
}

function toFate(row: FateRow): EntryFate {
  return {
    ...{ name: row.name, state: row.state, attempts: row.attempts },
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
    lastError: row.last_error ?? undefined,
  };
}

interface DueRow {
  id: string;
  destination: string | null;
}

interface ClaimedRow extends DueRow {
  name: string;
  account_sub: string | null;
  sequence: number | string | null;
  encrypted_content: string;
  attempts: number;
  created_at: number;
}

function toClaimed(row: ClaimedRow): ClaimedEntry {
  return {
    id: row.id,
    name: row.name,
    accountSub: row.account_sub ?? undefined,
    destination: row.destination ?? undefined,
    sequence: row.sequence === null ? undefined : Number(row.sequence),
    encryptedContent: row.encrypted_content,
    attempt: row.attempts,
    createdAt: row.created_at,
  };
}

function ended(now: number) {
  return { encrypted_content: null, destination: null, lease_ends_at: null, ended_at: now };
}
