import { type Queryable, hotStatement, someRows } from "../storage/index.ts";

/** The delays that a {@link SignInGuardStore} is told to keep. */
export interface FailureRules {
  /** Seconds of delay after the first failure, the second, and so on; the last holds for all further ones. */
  readonly delays: readonly number[];
  /** After so many seconds without a failure the count starts anew. */
  readonly forgottenAfterSeconds: number;
  /** An instant further ahead than this was written by a clock that has since been put back. */
  readonly believedAheadSeconds: number;
}

const table = "sign_in_failures";

/**
 * Of a key, now, and the end of the first delay; since when and until when a count is believed, now, now; the same two, each
 * delay by its number, the last; now, until when a delay is believed.
 */
function countFailure(delays: number) {
  const failures = `CASE WHEN ${table}.last_failed_at > CAST(? AS bigint)
      AND ${table}.last_failed_at <= CAST(? AS bigint) THEN ${table}.failures ELSE 0 END + 1`;
  return hotStatement<{ failures: number }>(
    `sign-in-guard.count-${String(delays)}`,
    `INSERT INTO ${table} (key, failures, last_failed_at, delayed_until_at) VALUES (?, 1, ?, ?)
      ON CONFLICT (key) DO UPDATE SET
        failures = ${failures},
        last_failed_at = ?,
        delayed_until_at = CAST(? AS bigint) + CASE (${failures})
          ${"WHEN CAST(? AS integer) THEN CAST(? AS bigint) ".repeat(delays)}
          ELSE CAST(? AS bigint) END
      WHERE ${table}.delayed_until_at <= ? OR ${table}.delayed_until_at > ?
      RETURNING failures`,
  );
}

const forgetKey = hotStatement("sign-in-guard.forget", `DELETE FROM ${table} WHERE key = ?`);

/** The failures counted for each key, and until when the next attempt must wait. */
export class SignInGuardStore {
  readonly #database: Queryable;
  readonly #rules: FailureRules;
  readonly #count: ReturnType<typeof countFailure>;

  /** @param database the register; never a transaction: a failure stays counted when the request fails */
  constructor(database: Queryable, rules: FailureRules) {
    this.#database = database;
    this.#rules = rules;
    this.#count = countFailure(rules.delays.length);
  }

  /**
   * Counts a failure unless the key must wait, in one conditional statement: of any number of parallel
   * calls only as many pass as there are failures left before the next delay.
   * @returns how many are counted with it; undefined means that it was not, for the key must wait
   */
  async countFailure(key: string, now: number): Promise<number | undefined> {
    const { forgottenAfterSeconds, believedAheadSeconds, delays } = this.#rules;
    const latest = now + believedAheadSeconds;
    const believed = [now - forgottenAfterSeconds, latest] as const;
    const values = [
      ...[key, now, now + (delays[0] ?? 0)],
      ...[...believed, now, now, ...believed],
      ...delays.flatMap((seconds, index) => [index + 1, seconds]),
      ...[delays.at(-1) ?? 0, now, latest],
    ];
    const counted = await this.#count(this.#database, ...values);
    return counted[0]?.failures;
  }

  /** Until when a key must wait; undefined when nothing is counted for it. */
  async delayedUntil(key: string): Promise<number | undefined> {
    const row = await this.#database("sign_in_failures")
      .where({ key })
      .first<{ delayed_until_at: number } | undefined>("delayed_until_at");
    return row?.delayed_until_at;
  }

  /** Takes one failure back, with the delay it brought; earlier failures stay. */
  async takeBack(key: string, now: number): Promise<void> {
    await this.#database("sign_in_failures")
      .where({ key })
      .where("failures", ">", 0)
      .update({
        failures: this.#database.raw("failures - 1"),
        delayed_until_at: now,
      });
  }

  /** Forgets the failures of a key. */
  async forget(key: string): Promise<void> {
    await forgetKey(this.#database, key);
  }

  /** Deletes some of the counts that are forgotten by `now`. @returns how many */
  async purge(now: number): Promise<number> {
    const before = now - this.#rules.forgottenAfterSeconds;
    return someRows(this.#database, "sign_in_failures", ["key"], (forgotten) => {
      void forgotten.where("last_failed_at", "<=", before);
    }).delete();
  }
}
