import { days, hours, minutes, seconds } from "../foundation/index.ts";

const units = { s: seconds, m: minutes, h: hours, d: days };
const longest = days(366);

/**
 * Reads how long something lasts: `90s`, `30m`, `24h`, `7d`, or `0`; at most a leap year.
 * @returns seconds; undefined when it is none of these
 */
export function readDuration(typed: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(typed.trim().replace(/^0$/, "0s")) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const duration = units[unit as keyof typeof units](Number(digits));
  return duration <= longest ? duration : undefined;
}
