/**
 * How many traces are begun: so many a second at most, a second's worth at once. What it costs is bounded by that,
 * however many requests there are, and whatever their `traceparent` says.
 * @param now milliseconds, of any clock that only goes forward
 */
export function traceLimit(perSecond: number, now: () => number): () => boolean {
  let left = perSecond;
  let asked = now();
  return () => {
    const instant = now();
    left = Math.min(perSecond, left + ((instant - asked) / 1000) * perSecond);
    asked = instant;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
