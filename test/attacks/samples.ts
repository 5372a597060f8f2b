/** How two series of durations differ, by figures that a few disturbed measurements cannot move. */
export interface Difference {
  /** The middle of each series. */
  readonly medians: readonly [number, number];
  /** The middle of all differences between a value of the one and one of the other (Hodges-Lehmann). */
  readonly shift: number;
  /** Cliff's delta: from -1 (every value of the first is smaller) over 0 (no telling) to 1. */
  readonly effect: number;
  /** {@link effect} in its own standard errors: beyond 4 or so it is no chance. */
  readonly standardErrors: number;
}

/** Compares two series of the same length or not. */
export function compare(first: readonly number[], second: readonly number[]): Difference {
  const differences = first.flatMap((one) => second.map((other) => one - other));
  const pairs = differences.length;
  const greater = differences.filter((each) => each > 0).length;
  const smaller = differences.filter((each) => each < 0).length;
  const effect = (greater - smaller) / pairs;
  const standardError = Math.sqrt((first.length + second.length + 1) / (3 * pairs));
  return {
    medians: [median(first), median(second)],
    shift: median(differences),
    effect,
    standardErrors: Math.abs(effect) / standardError,
  };
}

/** The middle of a series. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** How long something takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
