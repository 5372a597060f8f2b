import type { Queryable } from "../storage/index.ts";
import type { LetterName } from "./letter.ts";

/** A letter that waits; only its encrypted form says to whom and what. */
export interface OutboxEntry {
  /** Known before the insert: the encryption is bound to it. */
  readonly id: string;
  readonly letter: LetterName;
  /** The account it is about, when there is one: staff see the fate of its mails. */
  readonly accountSub: string | undefined;
  readonly encryptedMail: string;
}

/** An entry that one sender holds until its lease ends. */
export interface ClaimedEntry extends OutboxEntry {
  /** Which try this is, from 1. It also tells a sender from its successor after the lease. */
  readonly attempt: number;
}

/** The `outbox` table. Times are instants in epoch seconds. */
export class OutboxStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): OutboxStore {
    return new OutboxStore(transaction);
  }

  /** Due at once. */
  async insert(entry: OutboxEntry, now: number): Promise<void> {
    await this.#db("outbox").insert({
      id: entry.id,
      letter: entry.letter,
      account_sub: entry.accountSub ?? null,
      state: "waiting",
      attempts: 0,
      due_at: now,
      encrypted_mail: entry.encryptedMail,
      created_at: now,
    });
  }

  /** The entries that may be claimed now, the longest due first. */
  async listDue(now: number, limit: number): Promise<string[]> {
    return this.#claimable(now).orderBy("due_at").limit(limit).pluck<string[]>("id");
  }

  /** @returns the entry for one claimer only; undefined when another was faster. */
  async claim(id: string, now: number, leaseEndsAt: number): Promise<ClaimedEntry | undefined> {
    const rows = await this.#claimable(now)
      .andWhere({ id })
      .update({ lease_ends_at: leaseEndsAt, attempts: this.#db.raw("attempts + 1") })
      .returning<ClaimedRow[]>(["id", "letter", "account_sub", "encrypted_mail", "attempts"]);
    return rows[0] && toClaimed(rows[0]);
  }

  /** Whoever sent it may say so, even after its lease: it has left. Erases the letter. */
  async markSent(id: string, now: number): Promise<boolean> {
    const sent = { ...ended(now), state: "sent", last_error: null };
    return (await this.#db("outbox").where({ id, state: "waiting" }).update(sent)) === 1;
  }

  /** The next try is at `dueAt`. False when the entry ended meanwhile or has a new sender. */
  async postpone(entry: ClaimedEntry, dueAt: number, error: string): Promise<boolean> {
    const later = { due_at: dueAt, lease_ends_at: null, last_error: error };
    return (await this.#held(entry).update(later)) === 1;
  }

  /** There is no next try. Erases the letter. False as for {@link postpone}. */
  async markFailed(entry: ClaimedEntry, now: number, error: string): Promise<boolean> {
    const failed = { ...ended(now), state: "failed", last_error: error };
    return (await this.#held(entry).update(failed)) === 1;
  }

  /** How many letters could not be sent, of those not purged. */
  async countFailed(): Promise<number> {
    const row = await this.#db("outbox")
      .where({ state: "failed" })
      .count<{ count: number | string }>({ count: "*" })
      .first();
    return Number(row?.count);
  }

  /** Deletes what ended before an instant. @returns how many. */
  async purge(endedBefore: number): Promise<number> {
    return this.#db("outbox")
      .whereIn("state", ["sent", "failed"])
      .where("ended_at", "<", endedBefore)
      .delete();
  }

  #claimable(now: number) {
    return this.#db("outbox")
      .where({ state: "waiting" })
      .where("due_at", "<=", now)
      .where((free) => {
        void free.whereNull("lease_ends_at").orWhere("lease_ends_at", "<=", now);
      });
  }

  #held({ id, attempt }: ClaimedEntry) {
    return this.#db("outbox").where({ id, state: "waiting", attempts: attempt });
  }
}

interface ClaimedRow {
  id: string;
  letter: LetterName;
  account_sub: string | null;
  encrypted_mail: string;
  attempts: number;
}

function toClaimed(row: ClaimedRow): ClaimedEntry {
  return {
    id: row.id,
    letter: row.letter,
    accountSub: row.account_sub ?? undefined,
    encryptedMail: row.encrypted_mail,
    attempt: row.attempts,
  };
}

function ended(now: number) {
  return { encrypted_mail: null, lease_ends_at: null, ended_at: now };
}
