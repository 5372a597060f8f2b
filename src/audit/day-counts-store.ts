import type { Queryable } from "../storage/index.ts";

/** A stretch of time, epoch seconds: it begins and ends with an hour. */
export interface Stretch {
  readonly since: number;
  /** The first second that is past it. */
  readonly until: number;
}

/** What was counted of a stretch: accounts that were validated, people who signed in, and sign-ins that were refused. */
export interface DayCounts {
  readonly accounts: number;
  readonly signIns: number;
  readonly refusals: number;
}

/** How many events of a name and an outcome an asked stretch has: for each of them a range of the primary key. */
const countOf = (event: string, outcome: string) =>
  `(SELECT coalesce(sum(count), 0) FROM audit_hours
    WHERE hour >= begins AND hour < ends AND event = '${event}' AND outcome = '${outcome}')`;

/** The table `audit_hours`, which a trigger keeps: some rows an hour, whatever the number of events. */
export class DayCountsStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** What was counted of each stretch, in their order. */
  async of(stretches: readonly Stretch[]): Promise<DayCounts[]> {
    if (stretches.length === 0) return [];
    const asked = stretches.map(
      (_, place) => `(${String(place)}, CAST(? AS BIGINT), CAST(? AS BIGINT))`,
    );
    // Subqueries, for a join lets PostgreSQL read the whole table for each stretch.
    const answer: unknown = await this.#db.raw(
      `WITH asked (place, begins, ends) AS (VALUES ${asked.join(", ")})
       SELECT ${countOf("account-validated", "accepted")} AS accounts,
         ${countOf("signed-in", "accepted")} AS sign_ins,
         ${countOf("signed-in", "refused")} AS refusals
       FROM asked ORDER BY place`,
      stretches.flatMap(({ since, until }) => [since, until]),
    );
    const rows = (
      Array.isArray(answer) ? answer : (answer as { rows: unknown }).rows
    ) as CountRow[];
    return rows.map(({ accounts, sign_ins: signIns, refusals }) => {
      return { accounts: Number(accounts), signIns: Number(signIns), refusals: Number(refusals) };
    });
  }
}

interface CountRow {
  readonly accounts: number | string;
  readonly sign_ins: number | string;
  readonly refusals: number | string;
}
