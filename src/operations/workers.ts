import cluster, { type Worker } from "node:cluster";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "./logger.ts";

/** The variable that tells a process which of the workers it is; nobody sets it but who forks. */
export const workerVariable = "LOPAUTH_WORKER";

/** What that variable says; undefined of a process that is alone, or leads. */
export function workerNumber(given: string | undefined): number | undefined {
  return given === undefined ? undefined : Number(given);
}

/** A worker that lived for a minute failed by something new: the next one is not waited for. */
const settledMilliseconds = 60_000;
const shortestPauseMilliseconds = 1000;
const longestPauseMilliseconds = 30_000;

/** What a worker says once it listens. */
const listeningWord = "listening";

/** Tells who has started this worker that it listens. */
export function tellListening(): void {
  if (cluster.isWorker) process.send?.(listeningWord);
}

/** The workers of one node (`WORKERS`), as the process sees them that has started them. */
export interface Workers {
  /**
   * Starts the first one, and the others once it listens: what a start does once (migrations, keys) it does by itself.
   * @returns when all listen; with the code that the first one ended with, when it does not start
   */
  readonly start: () => Promise<{ readonly exitCode?: number }>;
  /** Has all of them stop as one process would, and waits. */
  readonly stop: () => Promise<void>;
}

/**
 * One that ends unasked is replaced by one of the same number, after a pause that grows while it fails at once. Each listens by
 * itself (`SO_REUSEPORT`): what the kernel gave to one that is killed is reset, and tried again by whoever sent it. A
 * connection that `node:cluster` itself handed to a worker at the moment of its death is neither answered nor closed: 9 of
 * 200 in a trial of ten kills.
 */
export function createWorkers({
  count,
  logger,
}: {
  readonly count: number;
  readonly logger: Pick<Logger, "error">;
}): Workers {
  const kept = keepAlive(logger);
  return {
    start: async () => {
      const first = kept.startOne(1);
      const ended = await listens(first);
      if (ended) return ended;
      kept.keep(1, first);
      if (kept.isStopping()) return {};
      const others = Array.from({ length: count - 1 }, (_, index) => index + 2);
      const started = others.map((number) => ({ number, worker: kept.startOne(number) }));
      for (const { number, worker } of started) kept.keep(number, worker);
      await Promise.all(started.map(({ worker }) => listens(worker)));
      return {};
    },
    stop: kept.stop,
  };
}

/** Replaces what ends, until it is told to stop. */
function keepAlive(logger: Pick<Logger, "error">) {
  const alive = new Set<Worker>();
  let stopping = false;
  const startOne = (number: number) => {
    const worker = cluster.fork({ [workerVariable]: String(number) });
    alive.add(worker);
    worker.once("exit", () => alive.delete(worker));
    return worker;
  };
  const keep = (number: number, worker: Worker, pauseMilliseconds = shortestPauseMilliseconds) => {
    const begin = performance.now();
    worker.once("exit", (exitCode, signal) => {
      if (stopping) return;
      const isSettled = performance.now() - begin > settledMilliseconds;
      const wait = isSettled ? shortestPauseMilliseconds : pauseMilliseconds;
      const fields = { worker: number, exitCode, signal, pauseSeconds: wait / 1000 };
      logger.error(fields, "a worker ended, and is replaced");
      void replace(number, wait);
    });
  };
  const replace = async (number: number, wait: number) => {
    await pause(wait);
    if (stopping) return;
    keep(number, startOne(number), Math.min(longestPauseMilliseconds, wait * 2));
  };
  const stop = async () => {
    stopping = true;
    const ended = [...alive].map(async (worker) => {
      const exit = new Promise((resolve) => worker.once("exit", resolve));
      worker.process.kill("SIGTERM");
      await exit;
    });
    await Promise.all(ended);
  };
  return { startOne, keep, stop, isStopping: () => stopping };
}

/** @returns how it ended, when it did before it listened */
function listens(worker: Worker): Promise<{ readonly exitCode: number } | undefined> {
  return new Promise((resolve) => {
    worker.on("message", (message) => {
      if (message === listeningWord) resolve(undefined);
    });
    worker.once("exit", (code: number | null) => resolve({ exitCode: code ?? 1 }));
  });
}
