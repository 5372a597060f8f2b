/**
 * What a job does to one after another, each by itself: one that fails must not keep the others waiting, and the next run
 * finds it again.
 * @param work @returns how much it did
 * @param stopping breaks off before the next one
 * @returns how much was done in all
 */
export async function eachByItself<Item>(
  items: readonly Item[],
  { reportFault }: { readonly reportFault: (fault: unknown) => void },
  work: (item: Item) => Promise<number>,
  stopping?: AbortSignal,
): Promise<number> {
  let done = 0;
  for (const item of items) {
    if (stopping?.aborted) break;
    try {
      done += await work(item);
    } catch (fault) {
      reportFault(fault);
    }
  }
  return done;
}
