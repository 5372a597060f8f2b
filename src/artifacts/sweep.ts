import { setTimeout as pause } from "node:timers/promises";
import type { ArtifactStore } from "./artifact-store.ts";

/** How a sweep goes about it. */
export interface SweepOptions {
  /** Rows a batch: 200 hold SQLite's one writer, and the event loop, for about 3 ms. */
  readonly batchRows?: number;
  /** Between two batches, so that requests pass. */
  readonly pauseMilliseconds?: number;
  /** The most one sweep deletes; the next one goes on. Unless told, it ends when nothing is left. */
  readonly maximumRows?: number;
  /** Ends the sweep after the batch under way. */
  readonly signal?: AbortSignal;
}

/**
 * Deletes expired artifacts in batches until none is left. Hydra, without it, reached 140 GB in four
 * months. Several nodes may sweep at once.
 * @returns how many rows were deleted
 */
export async function sweepArtifacts(
  artifacts: Pick<ArtifactStore, "sweep">,
  options: SweepOptions = {},
): Promise<number> {
  const {
    batchRows = 200,
    pauseMilliseconds = 10,
    maximumRows = Number.POSITIVE_INFINITY,
    signal,
  } = options;
  let swept = 0;
  while (swept < maximumRows && !signal?.aborted) {
    const limit = Math.min(batchRows, maximumRows - swept);
    const deleted = await artifacts.sweep(limit);
    swept += deleted;
    if (deleted < limit) break;
    await pause(pauseMilliseconds);
  }
  return swept;
}
