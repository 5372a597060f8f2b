import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits for work, and no longer than it is given.
 * @param seconds undefined: as long as it takes
 * @returns whether it ended in time
 * @throws what it failed with, when it did in time; later faults are nobody's
 */
export async function settledWithin(
  work: Promise<unknown>,
  seconds: number | undefined,
): Promise<boolean> {
  if (seconds === undefined) return work.then(() => true);
  const patience = new AbortController();
  const { signal } = patience;
  const ended = work.then(() => true);
  // Nobody waits for it any more when it fails too late.
  ended.catch(() => undefined);
  const tooLate = pause(seconds * 1000, false, { signal }).catch(() => false);
  return Promise.race([ended, tooLate]).finally(() => patience.abort());
}
