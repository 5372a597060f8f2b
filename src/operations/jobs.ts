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
export function createJobs({
  clock,
  random,
  logger,
  node,
  telemetry = silentTelemetry,
}: {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly node: Pick<NodeState, "mayWork" | "mayFollow">;
  readonly telemetry?: Telemetry;
}): Jobs {
  const lastRuns = new Map<string, number>();
  const jobs = new Map<string, Job>();
  const timers = new Map<string, NodeJS.Timeout>();
  const underWay = new Map<Promise<void>, string>();
  const stopping = new AbortController();
  let state: "registering" | "running" | "stopped" = "registering";

  const schedule = (job: Job, afterSeconds: number) => {
    if (state !== "running") return;
    const timer = setTimeout(() => {
      const attempted = (job.follows ? node.mayFollow() : node.mayWork())
        ? attempt(job, stopping.signal, { clock, logger, telemetry })
        : Promise.resolve(false);
      const run = attempted.then((succeeded) => {
        if (succeeded) lastRuns.set(job.name, clock.epochSeconds());
        underWay.delete(run);
        schedule(job, job.everySeconds * (0.9 + 0.2 * random.jitter()));
      });
      underWay.set(run, job.name);
    }, afterSeconds * 1000);
    timers.set(job.name, timer.unref());
  };

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
        schedule(job, Math.min(job.everySeconds, firstRunWithinSeconds) * random.jitter());
      }
    },
    stop: async (graceSeconds) => {
      state = "stopped";
      stopping.abort();
      for (const timer of timers.values()) clearTimeout(timer);
      const ended = Promise.all(underWay.keys());
      if (await settledWithin(ended, graceSeconds)) return;
      const job = [...underWay.values()].join(", ");
      logger.warn({ job }, "it did not end in time, and is left to itself");
    },
    gauges: [
      {
        name: "job_last_success_timestamp_seconds",
        help: "When each job last ended well on this node.",
        read: () => [...lastRuns].map(([job, value]) => ({ labels: { job_name: job }, value })),
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
    ],
  };
}

/** @returns whether it ended well */
async function attempt(
  job: Job,
  stopping: AbortSignal,
  {
    clock,
    logger,
    telemetry,
  }: { readonly clock: Clock; readonly logger: Logger; readonly telemetry: Telemetry },
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
