import { type Queryable, someRows } from "../storage/index.ts";

/** The delays that a {@link SignInGuardStore} is told to keep. */
export interface FailureRules {
  /** Seconds of delay after the first failure, the second, and so on; the last holds for all further ones. */
  readonly delays: readonly number[];
  /** After so many seconds without a failure the count starts anew. */
  readonly forgottenAfterSeconds: number;
  /** An instant further ahead than this was written by a clock that has since been put back. */
  readonly believedAheadSeconds: number;
}

/** The failures counted for each key, and until when the next attempt must wait. */
export class SignInGuardStore {
  readonly #database: Queryable;
  readonly #rules: FailureRules;

  /** @param database the register; never a transaction: a failure stays counted when the request fails */
  constructor(database: Queryable, rules: FailureRules) {
    this.#database = database;
    this.#rules = rules;
  }

  /**
   * Counts a failure unless the key must wait, in one conditional statement: of any number of parallel
   * calls only as many pass as there are failures left before the next delay.
   * @returns how many are counted with it; undefined means that it was not, for the key must wait
   */
  async countFailure(key: string, now: number): Promise<number | undefined> {
    const { forgottenAfterSeconds, believedAheadSeconds } = this.#rules;
    const table = "sign_in_failures";
    const latest = now + believedAheadSeconds;
    const failures = `CASE WHEN ${table}.last_failed_at > ? AND ${table}.last_failed_at <= ?
      THEN ${table}.failures ELSE 0 END + 1`;
    const failuresBindings = [now - forgottenAfterSeconds, latest];
    const { delays } = this.#rules;
    const delay = `CASE (${failures}) ${"WHEN ? THEN CAST(? AS bigint) ".repeat(delays.length)}
      ELSE CAST(? AS bigint) END`;
    const counted = await this.#database(table)
      .insert({
        key,
        failures: 1,
        last_failed_at: now,
        delayed_until_at: now + (delays[0] ?? 0),
      })
      .onConflict("key")
      .merge({
        failures: this.#database.raw(failures, failuresBindings),
        last_failed_at: now,
        delayed_until_at: this.#database.raw(`CAST(? AS bigint) + ${delay}`, [
          now,
          ...failuresBindings,
          ...delays.flatMap((seconds, index) => [index + 1, seconds]),
          delays.at(-1) ?? 0,
        ]),
      })
      .whereRaw(`${table}.delayed_until_at <= ? OR ${table}.delayed_until_at > ?`, [now, latest])
      .returning<{ failures: number }[]>("failures");
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
    await this.#database("sign_in_failures").where({ key }).delete();
  }

  /** Deletes some of the counts that are forgotten by `now`. @returns how many */
  async purge(now: number): Promise<number> {
    const before = now - this.#rules.forgottenAfterSeconds;
    return someRows(this.#database, "sign_in_failures", ["key"], (forgotten) => {
      void forgotten.where("last_failed_at", "<=", before);
    }).delete();
  }
}
