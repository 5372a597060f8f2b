import { minutes } from "../foundation/index.ts";
import type { Queryable } from "../storage/index.ts";
import { droppedWord } from "./waiting-store.ts";

/** What waits of one channel, of one kind, for one destination. Instants are epoch seconds. */
export interface WaitingFigures {
  readonly channel: string;
  readonly kind: string;
  /** A mark; {@link elsewhere} for all that are not among those most behind. */
  readonly destination: string;
  readonly count: number;
  /** When the oldest of it was made. */
  readonly oldest: number;
  /** Since when something of it is due that nobody has taken; undefined when nothing is. */
  readonly dueSince: number | undefined;
}

/** The destinations that are not told one by one. */
export const elsewhere = "other";

/** How many destinations of a channel are told one by one: those whose oldest entry waits for the longest. */
export const mostDestinations = 10;

/** What waits for less is on its way: its destination is no news, and would be another one at each look. */
const behindSeconds = minutes(1);

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

  /**
   * @param kinds what the entries of a channel are called, where their name says for whom they are
   * @returns as many as there are channels and kinds, and {@link mostDestinations} times as many: no more for more receivers
   */
  async waiting(now: number, kinds: ReadonlyMap<string, string>): Promise<WaitingFigures[]> {
    const marks = await this.#mostBehind(now);
    const entries = this.#db("outbox")
      .where({ state: "waiting" })
      .select("channel", "created_at", this.#kind(kinds), this.#place(marks))
      .select(
        this.#db.raw(
          `CASE WHEN (due_at <= ? OR attempts = 0) AND (lease_ends_at IS NULL OR lease_ends_at <= ?)
            THEN due_at END AS late_since`,
          [now, now],
        ),
      );
    const rows = await this.#db
      .from(entries.as("entries"))
      .groupBy("channel", "kind", "place")
      .count({ count: "*" })
      .min({ oldest: "created_at", due_since: "late_since" })
      .select<WaitingRow[]>("channel", "kind", "place");
    return rows.map(({ channel, kind, place, count, oldest, due_since: dueSince }) => ({
      ...{ channel, kind, destination: place, count: Number(count), oldest: Number(oldest) },
      dueSince: dueSince === null ? undefined : Number(dueSince),
    }));
  }

  #kind(kinds: ReadonlyMap<string, string>) {
    const cases = [...kinds].flat();
    if (cases.length === 0) return "name as kind";
    const each = "WHEN ? THEN ? ".repeat(kinds.size);
    return this.#db.raw(`CASE channel ${each} ELSE name END AS kind`, cases);
  }

  /** The marks of those destinations that are told one by one. */
  #mostBehind(now: number): PromiseLike<string[]> {
    const ranked = this.#db("outbox")
      .where({ state: "waiting" })
      .whereNotNull("destination")
      .where("created_at", "<=", now - behindSeconds)
      .groupBy("channel", "destination")
      .select(
        "destination",
        this.#db.raw(
          "row_number() OVER (PARTITION BY channel ORDER BY min(created_at), destination) AS turn",
        ),
      );
    return this.#db
      .from(ranked.as("ranked"))
      .where("turn", "<=", mostDestinations)
      .pluck<string[]>("destination");
  }

  #place(marks: readonly string[]) {
    if (marks.length === 0) return this.#db.raw("? AS place", [elsewhere]);
    const named = marks.map(() => "?").join();
    const cases = `CASE WHEN destination IN (${named}) THEN destination ELSE ? END AS place`;
    return this.#db.raw(cases, [...marks, elsewhere]);
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
  kind: string;
  place: string;
  count: number | string;
  oldest: number | string;
  due_since: number | string | null;
}
