import type { Clock } from "./clock.ts";

/** Numbers that grow, also from one start and one node to the next: microseconds, and never the same twice. */
export function growing(clock: Clock): () => number {
  let last = 0;
  return () => (last = Math.max(last + 1, clock.epochMilliseconds() * 1000));
}
