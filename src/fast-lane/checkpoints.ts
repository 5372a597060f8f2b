import { Worker } from "node:worker_threads";

/** The checkpoints of the artifacts' file, taken beside the event loop. */
export interface Checkpoints {
  /** Told of each commit; every some hundred writes one is taken. */
  readonly wrote: (writes: number) => void;
  /** After this the file has one connection less. */
  readonly close: () => Promise<void>;
}

/** Some 2000 pages. */
const writesACheckpoint = 400;

/**
 * A checkpoint waits for the disk twice, some 15 ms: on the event loop that was 27 of the 63 µs that a write cost
 * under load. A thread takes them, started with the first one, so that a process at rest does without. SQLite's
 * own (`wal_autocheckpoint`) is left for what the thread could not take: the last pages before the log begins anew.
 */
export function checkpointsBeside(path: string): Checkpoints {
  let written = 0;
  let underWay = false;
  let thread: Worker | undefined;

  const start = (): Worker => {
    const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };
    const worker = new Worker(new URL("checkpoint-worker.ts", import.meta.url), {
      workerData: path,
      resourceLimits,
    });
    worker.on("message", () => (underWay = false));
    // A thread that dies is replaced at the next checkpoint; until then SQLite's own suffice.
    worker.on("error", () => undefined);
    worker.once("exit", () => {
      thread = undefined;
      underWay = false;
    });
    worker.unref();
    return worker;
  };
  return {
    wrote: (writes) => {
      written += writes;
      if (written < writesACheckpoint || underWay) return;
      written = 0;
      underWay = true;
      thread ??= start();
      thread.postMessage("checkpoint");
    },
    close: async () => {
      await thread?.terminate();
    },
  };
}
