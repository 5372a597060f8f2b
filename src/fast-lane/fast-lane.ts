import { begunTogether } from "./begun-together.ts";
import { type Batching, type KeyedWrite, batchedWrites } from "./batched-writes.ts";
import { type Checkpoints, checkpointsBeside } from "./checkpoints.ts";
import { type GroupedFile, type GroupedWrites, groupedWrites } from "./grouped-writes.ts";
import { type KeyedAsking, type KeyedLookup, keyedLookup } from "./keyed-lookup.ts";
import { requestMemory } from "./request-memory.ts";

/**
 * What makes requests cheap that arrive together, and what one request asks twice. Nothing that is answered depends on
 * it: without it ({@link plainLane}) each look-up and each write goes its own way.
 */
export interface FastLane {
  /** Requests that arrive in one turn of the event loop are begun in step. */
  readonly together: <Arrival extends readonly unknown[]>(
    begin: (...arrival: Arrival) => void,
  ) => (...arrival: Arrival) => void;
  /** Look-ups of keys that come together share a statement. */
  readonly lookUp: <Row extends { readonly key: string }>(
    asking: KeyedAsking<Row>,
  ) => KeyedLookup<Row>;
  /** Writes of keys that come together share a statement. @returns whether it was written */
  readonly write: <Write extends KeyedWrite>(
    batching: Batching<Write>,
  ) => (write: Write) => Promise<boolean>;
  /** Writes of one turn of the event loop share a transaction of their file. */
  readonly group: (file: GroupedFile) => GroupedWrites;
  /** A thread waits for the disk when a file takes its checkpoints. */
  readonly checkpoints: (path: string) => Checkpoints;
  /** A token is read together with what stands beside it: its grant, and the establishment that is frozen to it. */
  readonly readsBeside: boolean;
  /** What a request has read is not read again within it. */
  readonly memory: <Key, Value>(current: () => object | undefined) => () => Map<Key, Value>;
}

/** All of it: what every node serves with. */
export const fastLane: FastLane = {
  together: begunTogether,
  lookUp: keyedLookup,
  write: batchedWrites,
  group: groupedWrites,
  checkpoints: checkpointsBeside,
  readsBeside: true,
  memory: requestMemory,
};

/** None of it: each for itself. A test serves with it, and the same journeys pass. */
export const plainLane: FastLane = {
  together: (begin) => begin,
  lookUp:
    ({ ask }) =>
    (key) =>
      ask([key]),
  write: ({ alone }) => alone,
  group: eachAlone,
  // SQLite takes its own, on the event loop.
  checkpoints: () => ({ wrote: () => undefined, close: () => Promise.resolve() }),
  readsBeside: false,
  memory: () => () => new Map(),
};

/** Each write is a transaction of its own, at once. */
function eachAlone({ committed, patience }: GroupedFile): GroupedWrites {
  return {
    run: (work) =>
      new Promise((resolve) => {
        try {
          const result = work();
          patience.through();
          committed(1);
          resolve(result);
        } catch (fault) {
          patience.met(fault);
          throw fault;
        }
      }),
    flush: () => undefined,
  };
}
