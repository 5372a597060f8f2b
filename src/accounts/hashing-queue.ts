import { availableParallelism } from "node:os";
import type { Telemetry } from "../foundation/index.ts";
import { type Place, type QueueFigures, createWorkerQueue } from "./worker-queue.ts";

/** The cost of argon2id. */
export interface Argon2Parameters {
  readonly memoryKib: number;
  /** Passes over the memory. */
  readonly passes: number;
  readonly lanes: number;
}

/** One thing a hashing thread is asked to do. */
export type HashingJob =
  | { readonly password: string; readonly parameters: Argon2Parameters }
  | { readonly password: string; readonly stored: string };

/**
 * Argon2id in threads, bounded: at most `queueSeconds` of work waits, what exceeds it is refused at
 * once with AppError `busy` (503). Servers that let everyone wait run out of memory or answer after
 * 19 s. Passwords come normalised (`normalisePassword`).
 */
export interface HashingQueue {
  /** @returns a PHC string `$argon2id$v=19$m=…,t=…,p=…$salt$hash` */
  readonly hash: (password: string, parameters: Argon2Parameters) => Promise<string>;
  /** @param stored a PHC string, of whatever parameters */
  readonly verify: (stored: string, password: string, place?: Place) => Promise<boolean>;
  /** Keeps a place for one job. @throws AppError `busy` when the queue is full */
  readonly admit: () => Place;
  readonly figures: () => QueueFigures;
  /** Waits for the hashes under way and ends the threads. */
  readonly close: () => Promise<void>;
}

/**
 * `@node-rs/argon2` and not the prescribed `argon2`: it has a synchronous call and twice the speed
 * (AVX2: 94 verifies a second a core against 45) and writes the same strings; a test proves that each
 * verifies the other's.
 * @param options.workers threads; the number of cores unless told
 * @param options.queueSeconds the longest wait accepted; 2 unless told
 * @param options.script the thread's program; only tests give another
 */
export function createHashingQueue(
  options: {
    readonly workers?: number;
    readonly queueSeconds?: number;
    readonly script?: URL;
    readonly telemetry?: Telemetry;
  } = {},
): HashingQueue {
  const queue = createWorkerQueue<HashingJob, string | boolean>({
    script: options.script ?? new URL("./hashing-worker.ts", import.meta.url),
    workers: options.workers ?? availableParallelism(),
    queueSeconds: options.queueSeconds ?? 2,
    estimatedMilliseconds: 20,
    name: "passwords",
    ...(options.telemetry && { telemetry: options.telemetry }),
  });
  return {
    hash: async (password, parameters) => String(await queue.run({ password, parameters })),
    verify: async (stored, password, place) =>
      (await queue.run({ password, stored }, place)) === true,
    admit: queue.admit,
    figures: queue.figures,
    close: queue.close,
  };
}
