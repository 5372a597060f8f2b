import { performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { seconds } from "../foundation/index.ts";

/** How often it is looked whether the load has gone. */
const lookEachSeconds = seconds(10);

/** The share of the time that the event loop works, below which a node is at rest: a collection holds up next to nobody. */
const restingShare = 0.1;

/** What a collection is worth its 50 ms for, bytes. */
const worthCollecting = 24 * 2 ** 20;

/** What a process is asked, and told. */
export interface Resting {
  /** The share of the time since the last call that the event loop has worked, 0 to 1. */
  readonly loopShare: () => number;
  /** What the heap holds of the machine's memory, bytes. */
  readonly heapBytes: () => number;
  readonly collect: () => Promise<void>;
}

/** This very process. undefined: it may not collect (`--expose-gc` is not given). */
function ownProcess(): Resting | undefined {
  const { gc } = globalThis;
  if (gc === undefined) return undefined;
  let before = performance.eventLoopUtilization();
  return {
    loopShare: () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
    heapBytes: () => getHeapStatistics().total_heap_size,
    // A last-resort one alone shrinks the young generation.
    collect: () =>
      Promise.resolve(gc({ type: "major", execution: "async", flavor: "last-resort" })),
  };
}

/** Gives back what a load has left, when it is worth it. */
export interface GivingBack {
  /** Whatever the load. */
  readonly now: () => Promise<void>;
  /** Only where the node has been at rest since the last call, and has grown since it last gave back. */
  readonly atRest: () => Promise<void>;
}

/** Decides by what the process says of itself. */
export function givingBack({ loopShare, heapBytes, collect }: Resting): GivingBack {
  let least = 0;
  const now = async () => {
    await collect();
    least = heapBytes();
  };
  return {
    now,
    atRest: async () => {
      const share = loopShare();
      // V8 has given some back by itself.
      least = Math.min(least, heapBytes());
      if (share < restingShare && heapBytes() - least >= worthCollecting) await now();
    },
  };
}

/**
 * V8 keeps what a load made it take until the next one, and gives it back to nobody: a node that was busy in the morning
 * would weigh that all day. What the start took is given back at once, a tenth of the process, in some 55 ms.
 * @returns ends it
 */
export function restNowAndThen(resting: Resting | undefined = ownProcess()): () => void {
  if (resting === undefined) return () => undefined;
  const { now, atRest } = givingBack(resting);
  const timer = setInterval(() => void atRest(), lookEachSeconds * 1000);
  timer.unref();
  void now();
  return () => clearInterval(timer);
}
