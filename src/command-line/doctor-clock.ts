import type { Clock } from "../foundation/index.ts";
import { type Finding, clockToleranceSeconds, fine, warning } from "./doctor-finding.ts";

/**
 * Compares this machine's clock with another's, read this very moment.
 * @param whose for people: `the database`
 * @param theirs epoch seconds; undefined when the other has no clock of its own
 */
export function clockFinding(
  clock: Clock,
  whose: string,
  theirs: number | undefined,
): readonly Finding[] {
  if (theirs === undefined || Number.isNaN(theirs)) return [];
  const ahead = Math.round(theirs - clock.epochMilliseconds() / 1000);
  const apart = Math.abs(ahead);
  const found = `${whose} is ${apart} s ${ahead < 0 ? "behind" : "ahead of"} this machine`;
  if (apart <= clockToleranceSeconds) return [fine("clock", `${whose} and this machine agree`)];
  const advice =
    "set both clocks by NTP (timedatectl, chronyc tracking): codes and tokens begin and end by the second, and relying parties refuse tokens of the future";
  return [warning("clock", found, advice)];
}
