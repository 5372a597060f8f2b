import {
  type Clock,
  type Gauge,
  type Random,
  type Telemetry,
  silentTelemetry,
} from "../foundation/index.ts";
import type { Logger } from "./logger.ts";
import type { NodeState } from "./node-state.ts";
import { settledWithin } from "./settled-within.ts";

/** Work that is repeated while the process lives: sending mail, sweeping what expired. */
export interface Job {
  /** A few words with dashes, for the log. */
  readonly name: string;
  /** The pause between the end of a run and the next, in seconds; spread by a tenth. */
  readonly everySeconds: number;
  /** It only reads what other nodes write: it runs on a node that does nothing else by itself, too. */
  readonly follows?: boolean;
  /**
   * One run. It must do no harm when another node does the same at the same moment: stores change
   * rows by conditional statements, so no node has to be elected for it.
   * @param stopping aborts when the process is to end: a long run breaks off, the next one goes on
   */
  readonly run: (stopping: AbortSignal) => Promise<void>;
}

/** The jobs of this process. */
export interface Jobs {
  /** Before `start`. @throws Error when the name is taken. */
  readonly register: (job: Job) => void;
  /** Each job runs first within its period, at most a minute from now. */
  readonly start: () => void;
  /**
   * Starts no further run, tells those under way to break off, and waits for them: for so many seconds at most, when they are
   * given. What is under way still is left to itself, and named in the log.
   */
  readonly stop: (graceSeconds?: number) => Promise<void>;
  readonly gauges: readonly Gauge[];
}

const firstRunWithinSeconds = 60;

/**
 * A run never overlaps itself: the pause begins when it has ended. A run that throws is logged, and
 * repeated after the usual pause. The timers keep no process alive.
 */
export function createJobs(parts: JobParts): Jobs {
  const runs = new JobRuns(parts);
  const jobs = new Map<string, Job>();
  let state: "registering" | "running" | "stopped" = "registering";
  return {
    register: (job) => {
      if (jobs.has(job.name)) throw new Error(`the job ${job.name} is registered twice`);
      if (state !== "registering") throw new Error(`the job ${job.name} comes after the start`);
      jobs.set(job.name, job);
    },
    start: () => {
      if (state !== "registering") throw new Error("the jobs were started before");
      state = "running";
      for (const job of jobs.values()) {
        runs.schedule(
          job,
          Math.min(job.everySeconds, firstRunWithinSeconds) * parts.random.jitter(),
        );
      }
    },
    stop: async (graceSeconds) => {
      state = "stopped";
      await runs.stop(graceSeconds);
    },
    gauges: jobGauges(jobs, runs.last),
  };
}

function jobGauges(
  jobs: ReadonlyMap<string, Job>,
  last: ReadonlyMap<string, number>,
): readonly Gauge[] {
  return [
    {
      name: "job_last_success_timestamp_seconds",
      help: "When each job last ended well on this node.",
      read: () => [...last].map(([job, value]) => ({ labels: { job_name: job }, value })),
    },
    {
      name: "job_period_seconds",
      help: "The pause between two runs of each job.",
      read: () =>
        [...jobs.values()].map(({ name, everySeconds }) => ({
          labels: { job_name: name },
          value: everySeconds,
        })),
    },
  ];
}

/** What jobs are run with. */
export interface JobParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly node: Pick<NodeState, "mayWork" | "mayFollow">;
  readonly telemetry?: Telemetry;
}

/** The runs to come, those under way, and when each job last ended well. */
class JobRuns {
  readonly last = new Map<string, number>();
  readonly #parts: JobParts;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #underWay = new Map<Promise<void>, string>();
  readonly #stopping = new AbortController();

  constructor(parts: JobParts) {
    this.#parts = parts;
  }

  schedule(job: Job, afterSeconds: number): void {
    if (this.#stopping.signal.aborted) return;
    const timer = setTimeout(() => this.#begin(job), afterSeconds * 1000);
    this.#timers.set(job.name, timer.unref());
  }

  #begin(job: Job): void {
    const { node, clock, random } = this.#parts;
    const attempted = (job.follows ? node.mayFollow() : node.mayWork())
      ? attempt(job, this.#stopping.signal, this.#parts)
      : Promise.resolve(false);
    const run = attempted.then((succeeded) => {
      if (succeeded) this.last.set(job.name, clock.epochSeconds());
      this.#underWay.delete(run);
      this.schedule(job, job.everySeconds * (0.9 + 0.2 * random.jitter()));
    });
    this.#underWay.set(run, job.name);
  }

  async stop(graceSeconds: number | undefined): Promise<void> {
    this.#stopping.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const ended = Promise.all(this.#underWay.keys());
    if (await settledWithin(ended, graceSeconds)) return;
    const job = [...this.#underWay.values()].join(", ");
    this.#parts.logger.warn({ job }, "it did not end in time, and is left to itself");
  }
}

/** @returns whether it ended well */
async function attempt(
  job: Job,
  stopping: AbortSignal,
  { clock, logger, telemetry = silentTelemetry }: JobParts,
): Promise<boolean> {
  const begin = clock.epochMilliseconds();
  const about = () => ({ job: job.name, milliseconds: clock.epochMilliseconds() - begin });
  try {
    await telemetry.timed("job", job.name, () => job.run(stopping));
    logger.debug(about(), "a job ran");
    return true;
  } catch (error) {
    logger.error({ ...about(), err: error }, "a job failed; it runs again after its pause");
    return false;
  }
}
