import type { RateLimit } from "./rate-limit-store.ts";

/** How many counters a process holds: beyond, they begin anew, which bounds the memory that a flood can take. */
const mostCounters = 10_000;

/** Counters as the register has them, of this process alone. */
export interface CountsInProcess {
  /** @returns when the window ends, epoch seconds; undefined when the limit was reached before */
  readonly take: (key: string, hits: number, limit: RateLimit, now: number) => number | undefined;
  readonly windowEnd: (key: string) => number | undefined;
}

/** What is counted while the register only reads: what is served then is limited all the same. */
export function countsInProcess(): CountsInProcess {
  const counters = new Map<string, { readonly hits: number; readonly windowEnd: number }>();
  return {
    take: (key, hits, { requests, windowSeconds }, now) => {
      const kept = counters.get(key);
      const isOpen =
        kept !== undefined && kept.windowEnd > now && kept.windowEnd <= now + windowSeconds;
      const before = isOpen ? kept : { hits: 0, windowEnd: now + windowSeconds };
      if (before.hits >= requests) return undefined;
      if (counters.size >= mostCounters) counters.clear();
      counters.set(key, { hits: before.hits + hits, windowEnd: before.windowEnd });
      return before.windowEnd;
    },
    windowEnd: (key) => counters.get(key)?.windowEnd,
  };
}
