/** A statement that takes longer than this stands aside: those behind it are not held up by it. */
const patienceMilliseconds = 250;

/** How many may stand aside: beyond, the database is slow as a whole, and more statements make it no faster. */
const mostAside = 4;

/**
 * Statements that are done a few at a time, for what comes meanwhile shares the next one. One that takes long (it waits for
 * a lock) does not stop the others.
 * @param statement takes what waits and does it; called only when something came, and may find that it was taken
 * @returns to be called when something came
 */
export function createLanes(
  mostAtOnce: number,
  hasWaiting: () => boolean,
  statement: () => Promise<void>,
): () => void {
  let quick = 0;
  let aside = 0;

  /** @returns whether the lane goes on, with what came meanwhile */
  const one = async (): Promise<boolean> => {
    const place = { isAside: false };
    const timer = setTimeout(() => {
      if (aside === mostAside) return;
      place.isAside = true;
      aside += 1;
      quick -= 1;
      begin();
    }, patienceMilliseconds);
    await statement();
    clearTimeout(timer);
    if (place.isAside) aside -= 1;
    else if (hasWaiting()) return true;
    else quick -= 1;
    return false;
  };
  const work = async (): Promise<void> => {
    while (await one());
  };
  const begin = (): void => {
    if (quick >= mostAtOnce || !hasWaiting()) return;
    quick += 1;
    // What arrived in the same turn of the loop comes along.
    setImmediate(() => void work());
  };
  return begin;
}
