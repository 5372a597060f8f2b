import { type Clock, seconds } from "../foundation/index.ts";

/** Two clocks kept by NTP are never so far apart. */
const mostSecondsApart = seconds(10);

/**
 * Whether this machine's clock and another's, read this very moment, are too far apart for anything to be done by ours.
 * @param theirs epoch milliseconds
 */
export function clocksApart(
  clock: Clock,
  theirs: number,
): { readonly secondsAhead: number; readonly tooFar: boolean } {
  const apart = (clock.epochMilliseconds() - theirs) / 1000;
  return { secondsAhead: Math.round(apart), tooFar: Math.abs(apart) > mostSecondsApart };
}
