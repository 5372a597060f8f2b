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

const counted: Readonly<Record<string, keyof DayCounts>> = {
  "account-validated accepted": "accounts",
  "signed-in accepted": "signIns",
  "signed-in refused": "refusals",
};

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
    // Each stretch is a range of the primary key: of the order of a cross join SQLite makes no choice.
    const answer: unknown = await this.#db.raw(
      `WITH asked (place, begins, ends) AS (VALUES ${asked.join(", ")})
       SELECT place, event, outcome, sum(count) AS count FROM asked CROSS JOIN audit_hours
       WHERE hour >= begins AND hour < ends AND event IN ('account-validated', 'signed-in')
       GROUP BY place, event, outcome`,
      stretches.flatMap(({ since, until }) => [since, until]),
    );
    const rows = (
      Array.isArray(answer) ? answer : (answer as { rows: unknown }).rows
    ) as CountRow[];
    const counts = stretches.map(() => ({ accounts: 0, signIns: 0, refusals: 0 }));
    for (const { place, event, outcome, count } of rows) {
      const kind = counted[`${event} ${outcome}`];
      const own = counts[place];
      if (own && kind) own[kind] = Number(count);
    }
    return counts;
  }
}

interface CountRow {
  readonly place: number;
  readonly event: string;
  readonly outcome: string;
  readonly count: number | string;
}
