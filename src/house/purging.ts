import { setTimeout as pause } from "node:timers/promises";
import { type Clock, days, isoInstant, minutes } from "../foundation/index.ts";
import type { Purge } from "./personal-data.ts";
import type { PurgeState } from "./purge-store.ts";

/** What an operator allows once, whatever the guard says. */
export interface PurgeOptions {
  /** Kinds whose share may be larger than expected, as they are counted; `jump`: the clock is right. */
  readonly allow?: ReadonlySet<string>;
  /** Ends it after the piece under way. */
  readonly signal?: AbortSignal;
}

/** What came of a purge. */
export interface Purged {
  /** How many rows of each kind. */
  readonly erased: Readonly<Record<string, number>>;
  /** What was not purged, and why: a sentence for operators. */
  readonly refused: Readonly<Record<string, string>>;
  /** What broke off, and by which error. */
  readonly failed: Readonly<Record<string, Error>>;
}

/** Where is kept when each purge ran. */
export interface PurgeRecord {
  readonly list: () => Promise<readonly PurgeState[]>;
  readonly ran: (kind: string, at: number) => Promise<void>;
  readonly refused: (kind: string, at: number, refusal: string) => Promise<void>;
}

/** What a purge is kept in check by. */
export interface PurgeParts {
  readonly record: PurgeRecord;
  readonly clock: Clock;
  readonly memory: PurgeMemory;
}

/** When this process ran each purge, by its clock and by one that nobody sets. */
export class PurgeMemory {
  /** Seconds that go on while the process lives, whatever its clock is set to. */
  readonly machineSeconds: () => number;
  readonly #runs = new Map<string, Run>();

  constructor(machineSeconds: () => number) {
    this.machineSeconds = machineSeconds;
  }

  ran(kind: string, run: Run): void {
    this.#runs.set(kind, run);
  }

  /** Since a run: undefined when it was another process that ran it last, an operator's command for instance. */
  secondsSince(kind: string, ranAt: number): number | undefined {
    const run = this.#runs.get(kind);
    return run?.ranAt === ranAt ? this.machineSeconds() - run.machineSeconds : undefined;
  }
}

/** The instant a purge began at, by both clocks. */
interface Run {
  readonly ranAt: number;
  readonly machineSeconds: number;
}

/** A purge that was away for longer was switched off, or its clock has jumped: only an operator can tell. */
const longestSilenceSeconds = days(7);

/** A clock that is put right by so much is none that jumped. */
const toleranceSeconds = minutes(1);

/** One kind is given so long a run; what is left waits for the next one. */
const longestRunMilliseconds = 60_000;

/** Between two pieces, so that requests pass. */
const pauseMilliseconds = 10;

/** So few may always go, whatever their share. */
const smallNumber = 10;

/**
 * Erases what has outlived its time, piece by piece until nothing is left. What is erased is gone for good, and its time is
 * told by a clock: so a purge is refused when the clock has jumped since it ran last, or when more of its table would go than
 * ever does in one run. The others go on, behind one that fails too. A process that ran it last knows how long ago that was;
 * after a start, a week may have passed.
 */
export async function purged(
  purges: readonly Purge[],
  parts: PurgeParts,
  options: PurgeOptions = {},
): Promise<Purged> {
  const states = new Map((await parts.record.list()).map((state) => [state.kind, state]));
  const erased: Record<string, number> = {};
  const refused: Record<string, string> = {};
  const failed: Record<string, Error> = {};
  for (const purge of purges) {
    if (options.signal?.aborted) break;
    const { as } = purge;
    try {
      const outcome = await oneKind(purge, states.get(as), parts, options);
      if (typeof outcome === "string") refused[as] = outcome;
      else erased[as] = (erased[as] ?? 0) + outcome;
    } catch (fault) {
      failed[as] = fault instanceof Error ? fault : new Error(String(fault));
    }
  }
  return { erased, refused, failed };
}

/** @returns how many rows went, or why none may */
async function oneKind(
  purge: Purge,
  state: PurgeState | undefined,
  { record, clock, memory }: PurgeParts,
  { allow = new Set(), signal }: PurgeOptions,
): Promise<number | string> {
  const { as } = purge;
  const now = clock.epochSeconds();
  const run = { ranAt: now, machineSeconds: memory.machineSeconds() };
  const refusal =
    (allow.has("jump") ? undefined : jumped(state, now, memory)) ??
    (allow.has(as) ? undefined : await tooMany(purge));
  if (refusal !== undefined) {
    await record.refused(as, now, refusal);
    return refusal;
  }
  const isPaced = purge.isPaced === true && !allow.has(as);
  const count = await untilNoneIsLeft({ run: purge.run, isPaced }, signal);
  await record.ran(as, now);
  memory.ran(as, run);
  return count;
}

function jumped(
  state: PurgeState | undefined,
  now: number,
  memory: PurgeMemory,
): string | undefined {
  const { kind = "", ranAt } = state ?? {};
  if (ranAt === undefined) return undefined;
  const apart = now - ranAt;
  const passed = memory.secondsSince(kind, ranAt);
  const isRight =
    passed === undefined
      ? apart >= -toleranceSeconds && apart <= longestSilenceSeconds
      : Math.abs(apart - passed) <= toleranceSeconds;
  if (isRight) return undefined;
  const since = passed === undefined ? "" : `, ${String(Math.round(passed))} s ago`;
  return (
    `the clock says ${isoInstant(now)}, and the last purge ran at ${isoInstant(ranAt)}${since}: ` +
    `if the clock is right, run "lopauth purge --allow jump" once`
  );
}

async function tooMany({ as, share }: Purge): Promise<string | undefined> {
  if (!share) return undefined;
  const { going, all } = await share.count();
  if (going <= Math.max(smallNumber, all * share.most)) return undefined;
  return (
    `${String(going)} of ${String(all)} would go, and at most ${String(share.most * 100)} % are expected: ` +
    `if that is right, run "lopauth purge --allow ${as}" once`
  );
}

async function untilNoneIsLeft(
  { run, isPaced }: Pick<Purge, "run"> & { readonly isPaced: boolean },
  signal: AbortSignal | undefined,
): Promise<number> {
  const begin = performance.now();
  let count = 0;
  for (;;) {
    const piece = await run(signal);
    count += piece;
    const isLate = performance.now() - begin > longestRunMilliseconds;
    if (piece === 0 || isPaced || isLate || signal?.aborted) return count;
    await pause(pauseMilliseconds);
  }
}
