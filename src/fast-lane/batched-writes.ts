import { createLanes } from "./lanes.ts";

/** Something to write once, with its primary key as one word. */
export interface KeyedWrite {
  readonly key: string;
}

/** How a kind of write is done, alone and with others. */
export interface Batching<Write extends KeyedWrite> {
  readonly alone: (write: Write) => Promise<boolean>;
  /** One statement for writes of different keys, in their order. @returns the keys that were written */
  readonly together: (writes: readonly Write[]) => Promise<readonly string[]>;
  /** Whether a statement that failed is known to have written nothing. */
  readonly isUndone: (fault: unknown) => boolean;
  /** How many statements are under way at once. */
  readonly mostAtOnce: number;
}

interface Waiting<Write> {
  readonly write: Write;
  readonly resolve: (written: boolean) => void;
  readonly reject: (fault: unknown) => void;
}

/** So many writes a statement: a flood of them holds up nobody for long. */
const mostWrites = 100;

/**
 * Does the writes that came while other statements were under way in one statement: they share its way to the server and
 * its commit. Nobody is told of a write before it is committed; a fault of one is its own alone. Two writes of one key
 * are never in one statement, so that of two that may happen once the second is told no.
 * @returns whether it was written
 */
export function batchedWrites<Write extends KeyedWrite>(
  batching: Batching<Write>,
): (write: Write) => Promise<boolean> {
  let waiting: Waiting<Write>[] = [];

  const alone = ({ write, resolve, reject }: Waiting<Write>): Promise<void> =>
    batching.alone(write).then(resolve, reject);

  const together = async (batch: readonly Waiting<Write>[]): Promise<void> => {
    let written: Set<string>;
    try {
      written = new Set(await batching.together(batch.map(({ write }) => write)));
    } catch (fault) {
      // Where nobody knows what was written, a second try of what may happen once would be told no.
      if (batching.isUndone(fault)) await Promise.all(batch.map(alone));
      else for (const { reject } of batch) reject(fault);
      return;
    }
    for (const { write, resolve } of batch) resolve(written.has(write.key));
  };
  const begin = createLanes(
    batching.mostAtOnce,
    () => waiting.length > 0,
    async () => {
      const [batch, later] = distinct(waiting);
      waiting = later;
      const [first] = batch;
      if (first) await (batch.length === 1 ? alone(first) : together(batch));
    },
  );
  return (write) =>
    new Promise((resolve, reject) => {
      waiting.push({ write, resolve, reject });
      begin();
    });
}

/** The first writes, each key once; and those that wait on, in their order. */
function distinct<Write extends KeyedWrite>(
  waiting: readonly Waiting<Write>[],
): [Waiting<Write>[], Waiting<Write>[]] {
  const keys = new Set<string>();
  const batch: Waiting<Write>[] = [];
  const later: Waiting<Write>[] = [];
  for (const each of waiting) {
    const fits = batch.length < mostWrites && !keys.has(each.write.key);
    keys.add(each.write.key);
    (fits ? batch : later).push(each);
  }
  batch.sort((left, right) => (left.write.key < right.write.key ? -1 : 1));
  return [batch, later];
}
