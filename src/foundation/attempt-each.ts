/**
 * Does the same to one after another, and to all: one that fails does not keep those after it waiting.
 * @param stopping breaks off before the next one
 * @throws what one failed with, or AggregateError for several, once all were attempted
 */
export async function attemptEach<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
  stopping?: AbortSignal,
): Promise<void> {
  const faults: unknown[] = [];
  for (const item of items) {
    if (stopping?.aborted) break;
    try {
      await work(item);
    } catch (fault) {
      faults.push(fault);
    }
  }
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1) throw new AggregateError(faults, `${String(faults.length)} failed`);
}
