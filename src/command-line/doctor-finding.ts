import type { Clock, Random } from "../foundation/index.ts";
import type { Settings } from "../operations/index.ts";

/** What one check found, and what to do about it. */
export interface Finding {
  /** A machine word with dashes: `database`, `smtp`, `tls`… */
  readonly check: string;
  /** A `problem` keeps people from signing in, or soon will; a `warning` should be looked at. */
  readonly state: "ok" | "warning" | "problem" | "not-checked";
  /** What was seen; never a secret. */
  readonly found: string;
  readonly advice: string;
}

/** What every check works with. */
export interface DoctorParts {
  readonly settings: Settings;
  /** Settings in whose place something harmless stands; none unless told. */
  readonly wrong?: ReadonlySet<string>;
  readonly clock: Clock;
  readonly random: Random;
}

/** How long any one answer is waited for, in seconds. */
export const patienceSeconds = 5;

/** More than this apart, two clocks disagree: tokens begin and end by the second. */
export const clockToleranceSeconds = 5;

/** Nothing is to be done. */
export function fine(check: string, found: string): Finding {
  return { check, state: "ok", found, advice: "nothing to do" };
}

/** Should be looked at. */
export function warning(check: string, found: string, advice: string): Finding {
  return { check, state: "warning", found, advice };
}

/** Must be mended. */
export function problem(check: string, found: string, advice: string): Finding {
  return { check, state: "problem", found, advice };
}

/** Could not be known from here, and why. */
export function notChecked(check: string, found: string, advice: string): Finding {
  return { check, state: "not-checked", found, advice };
}

/** Rejected when `work` takes longer than {@link patienceSeconds}. */
export async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${patienceSeconds} s`)),
      patienceSeconds * 1000,
    );
  });
  return Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
}

/** What a fault says in a few words: its code where it has one, for the messages of the network are longer. */
export function faultText(error: unknown): string {
  const { code, message = String(error) } = error as Partial<NodeJS.ErrnoException>;
  // SQLite and the system begin their message with it.
  const parts = code !== undefined && message.startsWith(code) ? [message] : [code, message];
  return parts.filter((part) => part !== undefined && part !== "").join(": ");
}

/** A finding in place of a fault. */
export async function findingOf(
  check: string,
  advice: string,
  work: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await inTime(work());
  } catch (error) {
    return [problem(check, faultText(error), advice)];
  }
}

/** Whether a host of an address is this very machine: a development deployment. */
export function isLoopback(address: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(address).hostname);
}
