import { uptime } from "node:os";

/** The one place where the time is read (house rule 6): everything else receives a `Clock`. */
export interface Clock {
  /** The current instant in milliseconds since the epoch, UTC. */
  readonly epochMilliseconds: () => number;
  /** The current instant in whole seconds since the epoch, UTC: what the database keeps. */
  readonly epochSeconds: () => number;
}

/** The machine's clock. It reads `Date.now()` at each call, so a test may fake `Date` alone. */
export const systemClock: Clock = {
  epochMilliseconds: () => Date.now(),
  epochSeconds: () => Math.floor(Date.now() / 1000),
};

/**
 * Seconds since the machine started. Nobody sets them, and they go on while it sleeps: what a clock is held against where
 * there is no other clock.
 */
export function machineSeconds(): number {
  return uptime();
}
