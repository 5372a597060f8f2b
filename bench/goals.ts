/** A goal of the house: what a run must reach, and what is excellent (docs/performance.md). */
export interface Goal {
  /** The name of the value in the run's results: `WORKLOAD.FIELD`. */
  readonly value: string;
  readonly unit: "ratio" | "ms" | "s" | "MB";
  /** Whether more is better. */
  readonly better: "more" | "less";
  /** undefined where only the excellent is a goal. */
  readonly must?: number;
  readonly excellent?: number;
  /** What must be reached on PostgreSQL, when that is not the same. */
  readonly mustOnPostgres?: number;
}

const ratio = (
  value: string,
  must?: number,
  excellent?: number,
  mustOnPostgres?: number,
): Goal => ({
  value,
  unit: "ratio",
  better: "more",
  ...(must !== undefined && { must }),
  ...(excellent !== undefined && { excellent }),
  ...(mustOnPostgres !== undefined && { mustOnPostgres }),
});
const atMost = (value: string, unit: Goal["unit"], must: number, excellent?: number): Goal => ({
  value,
  unit,
  better: "less",
  must,
  ...(excellent !== undefined && { excellent }),
});

/** Every goal. `R` is ours ÷ the bare provider in memory; `ofKoa` ours ÷ Koa's hello world. */
export const goals: readonly Goal[] = [
  ratio("discovery.R", 0.9),
  ratio("discovery.ofKoa", undefined, 0.6),
  ratio("jwks.R", 0.9),
  ratio("jwks.ofKoa", undefined, 0.6),
  ratio("client-credentials.R", 0.8, 0.9, 0.7),
  ratio("refresh.R", 0.72, 0.8, 0.6),
  ratio("userinfo.R", 0.7, 0.8, 0.65),
  ratio("introspection.R", 0.72, 0.8, 0.65),
  ratio("code-flow-session-kept.R", 0.7, 0.8, 0.52),
  atMost("cpu-sign-in.ofBeside", "ratio", 0.65, 0.5),
  atMost("cpu-code-flow-with-password.ofBeside", "ratio", 0.7, 0.55),
  atMost("memory.restedOfBeside", "ratio", 0.75, 0.6),
  atMost("cpu-sign-in.beyondVerify", "ms", 8, 5),
  atMost("cpu-code-flow-with-password.beyondVerify", "ms", 10, 7),
  atMost("storm.p50", "ms", 10, 5),
  atMost("storm.p99", "ms", 60, 30),
  atMost("storm.loopDelayP99", "ms", 20, 10),
  atMost("overload.refusalP99", "ms", 50),
  ratio("overload.throughputKept", 0.8),
  atMost("start-up.warm", "s", 1),
  atMost("start-up.first", "s", 3),
  atMost("start-up.idleMegabytes", "MB", 105, 95),
  // 300 MB, and 19 MiB for each of the two hashes in flight.
  atMost("memory.loadedMegabytes", "MB", 338),
  atMost("soak.growth", "ratio", 1.2),
  atMost("large.lookUpGrowth", "ratio", 1.2),
  ratio("large.sweepKeepsUp", 4),
  atMost("backoffice.slowestMedian", "ms", 100, 30),
];

/** What of the goals a run reached: by name, of those that it measured. */
export interface Verdict {
  readonly mustMet: string[];
  readonly mustMissed: string[];
  readonly excellentMet: string[];
  readonly excellentMissed: string[];
}

/** @param results each measured value by `WORKLOAD.FIELD` */
export function judge(results: ReadonlyMap<string, number>, onPostgres: boolean): Verdict {
  const verdict: Verdict = { mustMet: [], mustMissed: [], excellentMet: [], excellentMissed: [] };
  for (const goal of goals) {
    const measured = results.get(goal.value);
    if (measured === undefined) continue;
    const must = (onPostgres ? goal.mustOnPostgres : undefined) ?? goal.must;
    if (must !== undefined) {
      (reaches(goal, measured, must) ? verdict.mustMet : verdict.mustMissed).push(goal.value);
    }
    if (goal.excellent === undefined) continue;
    const excellent = reaches(goal, measured, goal.excellent);
    (excellent ? verdict.excellentMet : verdict.excellentMissed).push(goal.value);
  }
  return verdict;
}

function reaches(goal: Goal, measured: number, wanted: number): boolean {
  return goal.better === "more" ? measured >= wanted : measured <= wanted;
}
