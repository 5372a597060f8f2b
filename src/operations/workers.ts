import cluster, { type Worker } from "node:cluster";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "./logger.ts";
import { beatMilliseconds, onSilence, tellAlive } from "./worker-beats.ts";

/** The variable that tells a process which of the workers it is; nobody sets it but who forks. */
export const workerVariable = "LOPAUTH_WORKER";

/** What that variable says; undefined of a process that is alone, or leads. */
export function workerNumber(given: string | undefined): number | undefined {
  return given === undefined ? undefined : Number(given);
}

/** Whether this process is one of the workers, whose leader has started it. */
export function isWorker(environment: Readonly<Record<string, string | undefined>>): boolean {
  return workerNumber(environment[workerVariable]) !== undefined;
}

/** A worker that lived for a minute failed by something new: the next one is not waited for. */
const settledMilliseconds = 60_000;
const longestPauseMilliseconds = 30_000;

/** What a worker says once it listens. */
const listeningWord = "listening";

/**
 * Tells who has started this worker that it listens, and from then on that it does not hang. From now on it ends by itself
 * when its leader is gone: `node:cluster` would end it at that moment, with what is under way.
 */
export function tellListening(everyMilliseconds = beatMilliseconds): void {
  if (!cluster.worker) return;
  cluster.worker.exitedAfterDisconnect = true;
  process.send?.(listeningWord);
  tellAlive(everyMilliseconds);
}

type ErrorLog = Pick<Logger, "error">;

interface Pace {
  readonly shortestPauseMilliseconds: number;
  /** How often a worker says that it does not hang; see {@link tellListening}. */
  readonly everyMilliseconds: number;
}

const usualPace: Pace = { shortestPauseMilliseconds: 1000, everyMilliseconds: beatMilliseconds };

/** The workers of one node (`WORKERS`), as the process sees them that has started them. */
export interface Workers {
  /**
   * Starts the first one, and the others once it listens: what a start does once (migrations, keys) it does by itself.
   * @returns when all listen; with the code to end with, when the first one does not start, or it is told to stop
   */
  readonly start: () => Promise<{ readonly exitCode?: number }>;
  /** Has all of them stop as one process would, and waits. */
  readonly stop: () => Promise<void>;
}

/**
 * One that ends unasked is replaced by one of the same number, after a pause that grows while it fails at once; one that hangs
 * is ended, for the kernel would go on giving it connections that nobody answers. Each listens by
 * itself (`SO_REUSEPORT`): what the kernel gave to one that is killed is reset, and tried again by whoever sent it. A
 * connection that `node:cluster` itself handed to a worker at the moment of its death is neither answered nor closed: 9 of
 * 200 in a trial of ten kills.
 */
export function createWorkers({
  count,
  logger,
  ...pace
}: {
  readonly count: number;
  readonly logger: ErrorLog;
} & Partial<Pace>): Workers {
  const { shortestPauseMilliseconds, everyMilliseconds } = { ...usualPace, ...pace };
  const roll = rollCall(count);
  const begin: Begin = (number) => {
    const worker = forkOne(number, logger);
    onListening(worker, () => {
      roll.answer(number);
      endWhereItHangs(number, worker, everyMilliseconds, logger);
    });
    return worker;
  };
  const kept = keepAlive(begin, logger, shortestPauseMilliseconds);
  return {
    start: async () => {
      const first = kept.startOne(1);
      const ended = await listens(first);
      // Who is told to stop has not failed.
      if (kept.isStopping()) return { exitCode: 0 };
      if (ended) return ended;
      kept.keep(1, first);
      const others = Array.from({ length: count - 1 }, (_, index) => index + 2);
      const started = others.map((number) => ({ number, worker: kept.startOne(number) }));
      for (const { number, worker } of started) kept.keep(number, worker);
      await roll.complete;
      return kept.isStopping() ? { exitCode: 0 } : {};
    },
    stop: () => {
      const stopped = kept.stop();
      roll.end();
      return stopped;
    },
  };
}

/** Which of the workers have listened, each by itself or by a successor. */
function rollCall(count: number) {
  const answered = new Set<number>();
  const { promise: complete, resolve: end } = Promise.withResolvers<undefined>();
  const answer = (number: number) => {
    answered.add(number);
    if (answered.size === count) end(undefined);
  };
  return {
    answer,
    complete,
    end: () => {
      end(undefined);
    },
  };
}

function endWhereItHangs(
  number: number,
  worker: Worker,
  everyMilliseconds: number,
  logger: ErrorLog,
): void {
  onSilence(worker, everyMilliseconds, () => {
    logger.error({ worker: number }, "a worker hangs, and is ended");
    worker.process.kill("SIGKILL");
  });
}

/** Starts the worker of this number. */
type Begin = (number: number) => Worker;

/** Replaces what ends, until it is told to stop. */
function keepAlive(begin: Begin, logger: ErrorLog, shortestPauseMilliseconds: number) {
  const alive = new Set<Worker>();
  const stopping = new AbortController();
  const { signal: stopped } = stopping;
  const startOne = (number: number) => {
    const worker = begin(number);
    alive.add(worker);
    worker.once("exit", () => alive.delete(worker));
    return worker;
  };
  const keep = (number: number, worker: Worker, pauseMilliseconds = shortestPauseMilliseconds) => {
    const begun = performance.now();
    worker.once("exit", (exitCode, signal) => {
      if (stopped.aborted) return;
      const isSettled = performance.now() - begun > settledMilliseconds;
      const wait = isSettled ? shortestPauseMilliseconds : pauseMilliseconds;
      const fields = { worker: number, exitCode, signal, pauseSeconds: wait / 1000 };
      logger.error(fields, "a worker ended, and is replaced");
      void replace(number, wait);
    });
  };
  const replace = async (number: number, wait: number) => {
    // Who stops meanwhile waits for no pause: nothing else would keep the process.
    await pause(wait, undefined, { signal: stopped }).catch(() => undefined);
    if (stopped.aborted) return;
    const longer = Math.min(longestPauseMilliseconds, wait * 2);
    try {
      keep(number, startOne(number), longer);
    } catch (fault) {
      // A machine that has no memory left for another one: those that there are serve on.
      logger.error({ worker: number, err: fault }, "a worker cannot be started");
      void replace(number, longer);
    }
  };
  const stop = async () => {
    stopping.abort();
    await Promise.all([...alive].map(ended));
  };
  return { startOne, keep, stop, isStopping: () => stopped.aborted };
}

/** Has one stop, and waits. */
async function ended(worker: Worker): Promise<void> {
  const exit = new Promise((resolve) => worker.once("exit", resolve));
  worker.process.kill("SIGTERM");
  await exit;
}

function forkOne(number: number, logger: ErrorLog): Worker {
  const worker = cluster.fork({ [workerVariable]: String(number) });
  worker.on("error", (fault) => {
    const isStarted = worker.process.pid !== undefined;
    const message = `a worker cannot be ${isStarted ? "reached" : "started"}`;
    logger.error({ worker: number, err: fault }, message);
    // The system gave it no process: nothing else will tell of its end.
    if (!isStarted) worker.emit("exit", null, null);
  });
  return worker;
}

/** @returns how it ended, when it did before it listened */
function listens(worker: Worker): Promise<{ readonly exitCode: number } | undefined> {
  return new Promise((resolve) => {
    onListening(worker, () => resolve(undefined));
    worker.once("exit", (code: number | null) => resolve({ exitCode: code ?? 1 }));
  });
}

function onListening(worker: Worker, then: () => void): void {
  worker.on("message", (message) => {
    if (message === listeningWord) then();
  });
}
