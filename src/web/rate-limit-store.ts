import { type Queryable, hotStatement, someRows } from "../storage/index.ts";

/** How many requests in how long. */
export interface RateLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

/** An end further away than a window was written by a clock that has since been put back: it is void. */
const open = "rate_limits.window_ends_at > ? AND rate_limits.window_ends_at <= ?";

/** Of a key, hits and the latest end; then each time now and the latest end, the hits between, the limit before the last. */
const takeHits = hotStatement<{ window_ends_at: number }>(
  "rate-limits.take",
  `INSERT INTO rate_limits (key, hits, window_ends_at) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET
      hits = CASE WHEN ${open} THEN rate_limits.hits ELSE 0 END + CAST(? AS integer),
      window_ends_at =
        CASE WHEN ${open} THEN rate_limits.window_ends_at ELSE excluded.window_ends_at END
    WHERE rate_limits.hits < ? OR NOT (${open})
    RETURNING window_ends_at`,
);

/** The counters of requests: one row a key, in windows that open with the first request. */
export class RateLimitStore {
  readonly #database: Queryable;

  /** @param database the register; never a transaction: a count stays when what it counts fails */
  constructor(database: Queryable) {
    this.#database = database;
  }

  /**
   * Counts `hits` more in one conditional statement. A key over its limit is not written any more.
   * @returns when the window ends, or undefined when the limit was reached before
   */
  async take(
    key: string,
    hits: number,
    limit: RateLimit,
    now: number,
  ): Promise<number | undefined> {
    const end = now + limit.windowSeconds;
    const window = [now, end] as const;
    const values = [key, hits, end, ...window, hits, ...window, limit.requests, ...window];
    const rows = await takeHits(this.#database, ...values);
    return rows[0]?.window_ends_at;
  }

  /** When the window of a key ends; undefined when it has none. */
  async windowEnd(key: string): Promise<number | undefined> {
    const row = await this.#database("rate_limits")
      .where({ key })
      .first<{ window_ends_at: number } | undefined>("window_ends_at");
    return row?.window_ends_at;
  }

  /** Deletes some of the counters whose window ended by `now`. @returns how many */
  async purge(now: number): Promise<number> {
    return someRows(this.#database, "rate_limits", ["key"], (ended) => {
      void ended.where("window_ends_at", "<=", now);
    }).delete();
  }
}
