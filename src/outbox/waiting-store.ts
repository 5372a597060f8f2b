import type { Knex } from "knex";
import { type Queryable, someRows } from "../storage/index.ts";
import { markOf } from "./destination-mark.ts";

/** The state of what is or was to be sent. */
export const entryStates = ["waiting", "failed", "sent"] as const;

/** See {@link entryStates}. */
export type EntryState = (typeof entryStates)[number];

/** What an operator looks for; what is not named is not asked. */
export interface EntryFilter {
  readonly states?: readonly EntryState[] | undefined;
  /** A channel (`mail`) or a name (`accounts/validation`). */
  readonly kind?: string | undefined;
  /** A domain, a client, an address of a webhook, or the mark of one. */
  readonly destination?: string | undefined;
  readonly ids?: readonly string[] | undefined;
}

/** An entry as who operates sees it: neither to whom nor what. Instants are epoch seconds. */
export interface ListedEntry {
  readonly id: string;
  readonly channel: string;
  readonly name: string;
  readonly state: EntryState;
  /** A mark; what ended has none. */
  readonly destination: string | undefined;
  readonly accountSub: string | undefined;
  readonly attempts: number;
  readonly createdAt: number;
  /** When it is tried next, of what waits. */
  readonly dueAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Machine words of the last try. */
  readonly lastError: string | undefined;
}

/** The last error of what somebody took out. */
export const droppedWord = "dropped";

/** The `outbox` table as those see it who operate it, every channel at once. */
export class WaitingStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /**
   * The newest first.
   * @param before the last entry of the page before
   */
  async list(
    filter: EntryFilter,
    { before, limit }: { readonly before?: ListedEntry | undefined; readonly limit: number },
  ): Promise<ListedEntry[]> {
    const rows = this.#db("outbox").where((entries) => narrow(entries, filter));
    if (before) {
      void rows.where((older) => {
        void older.where("created_at", "<", before.createdAt).orWhere((same) => {
          void same.where("created_at", before.createdAt).where("id", "<", before.id);
        });
      });
    }
    const found = await rows
      .orderBy([
        { column: "created_at", order: "desc" },
        { column: "id", order: "desc" },
      ])
      .limit(limit)
      .select<EntryRow[]>(columns);
    return found.map(toListed);
  }

  async isName(name: string): Promise<boolean> {
    return (await this.#db("outbox").where({ name }).first("id")) !== undefined;
  }

  /** Has what waits tried now, some of it; what is being sent at this moment is left alone. @returns how many */
  async retry(filter: EntryFilter, now: number): Promise<number> {
    return this.#waiting(filter, now, (entries) => void entries.where("due_at", ">", now)).update({
      due_at: now,
    });
  }

  /** Ends what waits, some of it, and erases its content. @returns how many */
  async drop(filter: EntryFilter, now: number): Promise<number> {
    return this.#waiting(filter, now).update({
      ...{ state: "failed", last_error: droppedWord, ended_at: now },
      ...{ encrypted_content: null, destination: null, lease_ends_at: null },
    });
  }

  #waiting(filter: EntryFilter, now: number, also?: (entries: Knex.QueryBuilder) => void) {
    const free = (entries: Knex.QueryBuilder) => {
      narrow(entries, { ...filter, states: ["waiting"] });
      also?.(entries);
      void entries.where((held) => {
        void held.whereNull("lease_ends_at").orWhere("lease_ends_at", "<=", now);
      });
    };
    // Asked again by the change itself: a sender may have taken one since it was found.
    return someRows(this.#db, "outbox", ["id"], free).where((entries) => free(entries));
  }
}

const columns = [
  ...["id", "channel", "name", "state", "destination", "account_sub", "attempts"],
  ...["created_at", "due_at", "ended_at", "last_error"],
];

function narrow(entries: Knex.QueryBuilder, { states, kind, destination, ids }: EntryFilter): void {
  if (states) void entries.whereIn("state", [...states]);
  if (ids) void entries.whereIn("id", [...ids]);
  if (kind !== undefined) {
    void entries.where((either) => void either.where("channel", kind).orWhere("name", kind));
  }
  if (destination !== undefined) {
    void entries.whereIn("destination", [destination, markOf(destination)]);
  }
}

interface EntryRow {
  id: string;
  channel: string;
  name: string;
  state: EntryState;
  destination: string | null;
  account_sub: string | null;
  attempts: number;
  created_at: number;
  due_at: number;
  ended_at: number | null;
  last_error: string | null;
}

function toListed(row: EntryRow): ListedEntry {
  return {
    ...{ id: row.id, channel: row.channel, name: row.name, state: row.state },
    destination: row.destination ?? undefined,
    accountSub: row.account_sub ?? undefined,
    attempts: row.attempts,
    createdAt: row.created_at,
    dueAt: row.state === "waiting" ? row.due_at : undefined,
    endedAt: row.ended_at ?? undefined,
    lastError: row.last_error ?? undefined,
  };
}
