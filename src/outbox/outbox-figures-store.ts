import type { Queryable } from "../storage/index.ts";
import { droppedWord } from "./waiting-store.ts";

/** What waits of one channel and name. Instants are epoch seconds. */
export interface WaitingFigures {
  readonly channel: string;
  readonly name: string;
  readonly count: number;
  /** When the oldest of it was made. */
  readonly oldest: number;
  /** Since when something of it is due that nobody has taken; undefined when nothing is. */
  readonly dueSince: number | undefined;
}

/** What was given up of one channel, of what is not purged yet. */
export interface FailedFigures {
  readonly channel: string;
  readonly count: number;
}

/** What those who watch ask of the `outbox` table. Reads alone. */
export class OutboxFiguresStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  async waiting(now: number): Promise<WaitingFigures[]> {
    const due = this.#db.raw(
      `min(CASE WHEN (due_at <= ? OR attempts = 0) AND (lease_ends_at IS NULL OR lease_ends_at <= ?)
        THEN due_at END) AS due_since`,
      [now, now],
    );
    const rows = await this.#db("outbox")
      .where({ state: "waiting" })
      .groupBy("channel", "name")
      .count({ count: "*" })
      .min({ oldest: "created_at" })
      .select<WaitingRow[]>("channel", "name", due);
    return rows.map(({ channel, name, count, oldest, due_since: dueSince }) => ({
      ...{ channel, name, count: Number(count), oldest: Number(oldest) },
      dueSince: dueSince === null ? undefined : Number(dueSince),
    }));
  }

  async failed(): Promise<FailedFigures[]> {
    const rows = await this.#db("outbox")
      .where({ state: "failed" })
      .where((lost) => void lost.whereNull("last_error").orWhereNot("last_error", droppedWord))
      .groupBy("channel")
      .count({ count: "*" })
      .select<{ channel: string; count: number | string }[]>("channel");
    return rows.map(({ channel, count }) => ({ channel, count: Number(count) }));
  }
}

interface WaitingRow {
  channel: string;
  name: string;
  count: number | string;
  oldest: number | string;
  due_since: number | string | null;
}
