/** Long enough to be told from the steps of the clock, short enough to be let run in one go now and then. */
const leastMilliseconds = 0.3;

/** The machine and the collector of memory only ever add time: of so many rounds the quickest is the work's own. */
const mostRounds = 40;

/**
 * How many times as long one work takes as another: in the same run, by turns, the quickest of each. No machine is too slow
 * or too busy for it.
 * @param enough it ends as soon as the figure is that low
 */
export function timesAsLong(work: () => unknown, sibling: () => unknown, enough: number): number {
  const repeats = repeatsOf(sibling);
  const quickest = { work: Infinity, sibling: Infinity };
  for (let round = 0; round < mostRounds; round += 1) {
    quickest.sibling = Math.min(quickest.sibling, duration(sibling, repeats));
    quickest.work = Math.min(quickest.work, duration(work, repeats));
    if (round > 1 && quickest.work / quickest.sibling <= enough) break;
  }
  return quickest.work / quickest.sibling;
}

/** More than any growth in proportion shows, and less than the square does. */
export const growsNoFaster = 32;

/** Of eight times as much: about eight when work grows with its size, sixty-four when it grows with the square. */
export function growthByEight(work: (size: number) => unknown, size: number): number {
  return timesAsLong(
    () => work(8 * size),
    () => work(size),
    growsNoFaster / 2,
  );
}

function repeatsOf(work: () => unknown): number {
  work();
  for (let repeats = 1; ; repeats *= 2) {
    const tries = [1, 2, 3].map(() => duration(work, repeats));
    if (Math.min(...tries) >= leastMilliseconds) return repeats;
  }
}

function duration(work: () => unknown, repeats: number): number {
  const begin = performance.now();
  for (let count = 0; count < repeats; count += 1) work();
  return performance.now() - begin;
}
