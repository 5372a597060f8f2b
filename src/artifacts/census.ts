import { Worker } from "node:worker_threads";

/** How many there are of one model, and when the first of them ends or ended (epoch seconds). */
export interface CountedModel {
  readonly model: string;
  readonly count: number;
  readonly oldest: number | null;
}

/**
 * Counts the artifacts' file in a thread that lives for as long as that takes: half a million rows are 60 ms, which the
 * event loop shall not wait for.
 */
export function countedBeside(path: string): Promise<readonly CountedModel[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("census-worker.ts", import.meta.url), {
      workerData: path,
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    });
    worker.unref();
    worker.once("message", resolve).once("error", reject);
    worker.once("exit", () => reject(new Error("the thread that counts artifacts ended early")));
  });
}
