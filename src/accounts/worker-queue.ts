import { Worker, type ResourceLimits } from "node:worker_threads";
import { AppError, type Telemetry, shortageOf, silentTelemetry } from "../foundation/index.ts";

/** What a worker thread answers to one job (`worker-loop.ts` writes it). */
export type WorkerAnswer<Result> = {
  /** How long the job itself took, in milliseconds. */
  readonly milliseconds: number;
} & ({ readonly result: Result } | { readonly failure: string });

/** A place kept in a queue for a job that is yet to come. */
export interface Place {
  /** Gives the place back, unless its job was run. */
  readonly leave: () => void;
}

/** Jobs that cost much CPU, run in a few threads of low priority, never more than a bounded wait. */
export interface WorkerQueue<Job, Result> {
  /**
   * Runs one job, in the place kept for it if there is one.
   * @throws AppError `busy` (503, `retryAfterSeconds`) at once when the queue is full or closed
   * @throws AppError `busy` (503) when the system has nothing left for a thread
   * @throws AppError `worker-failed` (500) when the job failed or its thread died
   */
  readonly run: (job: Job, place?: Place) => Promise<Result>;
  /**
   * Keeps a place, before any other work is done for a request: it is refused at once or not at all.
   * @throws AppError `busy` as `run` does
   */
  readonly admit: () => Place;
  readonly figures: () => QueueFigures;
  /** Refuses new jobs, waits for those accepted, ends the threads. */
  readonly close: () => Promise<void>;
}

/** How full a queue is. */
export interface QueueFigures {
  readonly name: string;
  /** Accepted, with their threads still to come. */
  readonly waiting: number;
  readonly running: number;
  readonly threads: number;
}

/** How a {@link WorkerQueue} works. */
export interface WorkerQueueOptions {
  /** What those who watch call it. */
  readonly name: string;
  readonly telemetry?: Telemetry;
  /** The file a thread runs; it calls `serveJobs`. */
  readonly script: URL;
  /** The most threads; each is started when a job first needs it. */
  readonly workers: number;
  /** The longest wait that is accepted: what would wait longer is refused. */
  readonly queueSeconds: number;
  /** What a job is believed to take until the first was measured. */
  readonly estimatedMilliseconds: number;
  /** Memory limits of a thread. */
  readonly resourceLimits?: ResourceLimits;
}

interface Waiting<Job, Result> {
  readonly job: Job;
  /** Milliseconds, of a clock that only goes forward. */
  readonly since: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (fault: AppError) => void;
}

/**
 * Makes a bounded queue in front of worker threads.
 *
 * Threads with synchronous calls, not libuv's pool: with eight argon2 hashes in flight in that pool
 * a trivial sqlite3 query went from 0.5 to 144 ms, because both share it; threads at nice 10 left it
 * at 0.7 ms (measured). A thread does one job at a time, so one that dies takes one
 * job with it: that job fails as a fault, and the next job that needs a thread starts a new one.
 */
export function createWorkerQueue<Job, Result>(
  options: WorkerQueueOptions,
): WorkerQueue<Job, Result> {
  const { name, telemetry = silentTelemetry } = options;
  const line = new WaitingLine<Job, Result>({ ...options, telemetry });
  return {
    admit: () => line.admit(),
    run: (job, place) => telemetry.follow("hashing", name, () => line.join(job, place)),
    figures: () => line.figures(),
    close: () => line.close(),
  };
}

/** The jobs that wait, the places kept among them, and those at work. */
class WaitingLine<Job, Result> {
  readonly #options: WorkerQueueOptions & { readonly telemetry: Telemetry };
  readonly #threads: ReturnType<typeof createThreads>;
  readonly #waiting: Waiting<Job, Result>[] = [];
  readonly #places = new Set<Place>();
  readonly #emptied: (() => void)[] = [];
  #busy = 0;
  #closed = false;
  #averageMilliseconds: number;

  constructor(options: WorkerQueueOptions & { readonly telemetry: Telemetry }) {
    this.#options = options;
    this.#threads = createThreads(options);
    this.#averageMilliseconds = options.estimatedMilliseconds;
  }

  admit(): Place {
    const { workers, queueSeconds, telemetry, name } = this.#options;
    const ahead = this.#waiting.length + this.#busy + this.#places.size;
    const wait = (ahead * this.#averageMilliseconds) / workers / 1000;
    if (this.#closed || wait > queueSeconds) {
      const retryAfterSeconds = Math.max(1, Math.ceil(wait));
      telemetry.count("hashing-refused", name, "");
      throw new AppError("busy", { status: 503, retryAfterSeconds });
    }
    const place = { leave: () => void this.#places.delete(place) };
    this.#places.add(place);
    return place;
  }

  join(job: Job, place: Place | undefined): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!place || !this.#places.delete(place)) this.admit().leave();
      this.#waiting.push({ job, since: performance.now(), resolve, reject });
      this.#dispatch();
    });
  }

  figures(): QueueFigures {
    const { name, workers } = this.#options;
    const waiting = this.#waiting.length + this.#places.size;
    return { name, waiting, running: this.#busy, threads: workers };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#places.clear();
    if (this.#busy > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve));
    await this.#threads.end();
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#take();
      if (!worker) break;
      const next = this.#waiting.shift();
      if (next) void this.#work(worker, next);
    }
    if (this.#busy === 0) for (const resolve of this.#emptied.splice(0)) resolve();
  }

  /** Where no thread can be made those at work go on; without one all that waits is refused. */
  #take(): Worker | undefined {
    try {
      return this.#threads.take();
    } catch (cause) {
      const lost = this.#busy === 0 ? this.#waiting.splice(0) : [];
      for (const { reject } of lost) reject(failed(cause));
      return undefined;
    }
  }

  async #work(worker: Worker, { job, since, resolve, reject }: Waiting<Job, Result>) {
    const { telemetry, name } = this.#options;
    this.#busy += 1;
    telemetry.record("hashing-wait", name, "", (performance.now() - since) / 1000);
    try {
      const answer = await ask<Result>(worker, job);
      this.#threads.giveBack(worker);
      this.#averageMilliseconds += (answer.milliseconds - this.#averageMilliseconds) / 10;
      const ended = "failure" in answer ? "failed" : "ok";
      telemetry.record("hashing", name, ended, answer.milliseconds / 1000);
      if ("failure" in answer) throw new Error(answer.failure);
      resolve(answer.result);
    } catch (cause) {
      reject(failed(cause));
    }
    this.#busy -= 1;
    this.#dispatch();
  }
}

function failed(cause: unknown): AppError {
  const message = cause instanceof Error ? cause.message : "worker-failed";
  return shortageOf(cause) ?? new AppError("worker-failed", { status: 500, message, cause });
}

/** The threads: started when needed up to the number allowed, kept, forgotten when they die. */
function createThreads({ script, workers, resourceLimits }: WorkerQueueOptions): {
  /** A thread at rest, or a new one; undefined when all are at work. */
  readonly take: () => Worker | undefined;
  readonly giveBack: (worker: Worker) => void;
  readonly end: () => Promise<void>;
} {
  const alive = new Set<Worker>();
  const resting = new Set<Worker>();
  const start = (): Worker => {
    const worker = new Worker(script, resourceLimits ? { resourceLimits } : {});
    alive.add(worker);
    worker.once("exit", () => {
      alive.delete(worker);
      resting.delete(worker);
    });
    // Whoever waits for an answer listens too; without a listener a death at rest would end the process.
    worker.on("error", () => undefined);
    return worker;
  };
  return {
    take: () => {
      const [rested] = resting;
      const worker = rested ?? (alive.size < workers ? start() : undefined);
      if (worker) resting.delete(worker);
      return worker;
    },
    giveBack: (worker) => {
      if (alive.has(worker)) resting.add(worker);
    },
    end: async () => {
      await Promise.all([...alive].map((worker) => worker.terminate()));
    },
  };
}

/**
 * One job on one thread. A thread keeps the program alive only as long as it works.
 * @throws Error when the thread died
 */
function ask<Result>(worker: Worker, job: unknown): Promise<WorkerAnswer<Result>> {
  return new Promise<WorkerAnswer<Result>>((resolve, reject) => {
    let cause: unknown;
    const onError = (error: unknown): void => {
      cause = error;
    };
    const onExit = (code: number): void => {
      reject(new Error(`a worker thread died with code ${code}`, { cause }));
    };
    worker.on("error", onError).on("exit", onExit);
    worker.once("message", (answer: WorkerAnswer<Result>) => {
      worker.off("error", onError).off("exit", onExit).unref();
      resolve(answer);
    });
    worker.ref();
    worker.postMessage(job);
  });
}
