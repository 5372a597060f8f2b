import { getPriority, setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import type { WorkerAnswer } from "./worker-queue.ts";

/** The nice value of a worker thread: what answers requests goes first. */
const workerPriority = 10;

/**
 * The thread's side of `worker-queue.ts`: lowers its own priority, then answers one job after the
 * other. A job that throws is answered with the error's message, so `work` must not put a password
 * into one.
 */
export function serveJobs(work: (job: never) => unknown): void {
  lowerPriority();
  parentPort?.on("message", (job: unknown) => {
    const startedAt = performance.now();
    const answer = attempt(() => work(job as never));
    const milliseconds = performance.now() - startedAt;
    parentPort?.postMessage({ ...answer, milliseconds } satisfies WorkerAnswer<unknown>);
  });
}

function lowerPriority(): void {
  // On Linux priority 0 is the calling thread's own; elsewhere it would slow the whole process down.
  if (process.platform === "linux" && getPriority(0) < workerPriority) {
    setPriority(0, workerPriority);
  }
}

function attempt(work: () => unknown): { readonly result: unknown } | { readonly failure: string } {
  try {
    return { result: work() };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : "unknown failure" };
  }
}
