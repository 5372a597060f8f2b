import type { Knex } from "knex";
import { droppedWord } from "../outbox/index.ts";
import type { Database } from "../storage/index.ts";

/** Entries of the outbox that share a fate. */
export interface OutboxFate {
  readonly channel: string;
  /** Machine words of the last try. */
  readonly lastError: string | null;
  readonly count: number;
}

/** What the doctor asks the register. Reads alone; instants are epoch seconds. */
export class DoctorStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The version of the database itself. */
  async version(): Promise<string> {
    const { dialect, knex } = this.#database;
    if (dialect === "sqlite") {
      const [row] = await knex.raw<{ version: string }[]>("SELECT sqlite_version() AS version");
      return row?.version ?? "unknown";
    }
    const { rows } = await knex.raw<{ rows: { server_version: string }[] }>("SHOW server_version");
    return rows[0]?.server_version ?? "unknown";
  }

  /** The clock of the database's machine; undefined for SQLite, which has ours. */
  async now(): Promise<number | undefined> {
    const now = await this.#database.now();
    return now === undefined ? undefined : now / 1000;
  }

  /** What was given up since an instant. */
  failedSince(since: number): Promise<OutboxFate[]> {
    return this.#fates("failed", (query) => {
      void query.where("ended_at", ">=", since);
      void query.where((lost) => {
        void lost.whereNull("last_error").orWhereNot("last_error", droppedWord);
      });
    });
  }

  /** What was tried, made before an instant, and still waits. */
  retriedOf(before: number): Promise<OutboxFate[]> {
    return this.#fates("waiting", (query) => {
      void query.where("attempts", ">", 0).where("created_at", "<", before);
    });
  }

  /** Since when the oldest entry that a sender may take is due; undefined when there is none. */
  async oldestDue(now: number): Promise<number | undefined> {
    const row = await this.#database
      .knex("outbox")
      .where({ state: "waiting" })
      .where((due) => void due.where("due_at", "<=", now).orWhere("attempts", 0))
      .where((free) => void free.whereNull("lease_ends_at").orWhere("lease_ends_at", "<=", now))
      .min<{ oldest: number | null }>({ oldest: "due_at" })
      .first();
    return row?.oldest ?? undefined;
  }

  /** When something was sent for the last time; undefined when nothing was. */
  async lastSent(): Promise<number | undefined> {
    const row = await this.#database
      .knex("outbox")
      .where({ state: "sent" })
      .max<{ last: number | null }>({ last: "ended_at" })
      .first();
    return row?.last ?? undefined;
  }

  async #fates(state: "failed" | "waiting", narrow: Knex.QueryCallback): Promise<OutboxFate[]> {
    const rows = await this.#database
      .knex("outbox")
      .where({ state })
      .where(narrow)
      .groupBy("channel", "last_error")
      .select("channel", "last_error")
      .count<{ channel: string; last_error: string | null; count: number | string }[]>({
        count: "*",
      });
    return rows.map(({ channel, last_error: lastError, count }) => ({
      channel,
      lastError,
      count: Number(count),
    }));
  }
}
