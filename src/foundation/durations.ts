/**
 * Every quantity of time in this code base is a number of seconds, written with its unit
 * (`minutes(15)`), and every name that holds one ends with `Seconds` (house rule 7).
 */
export function seconds(count: number): number {
  return count;
}

/** `count` minutes, in seconds. */
export function minutes(count: number): number {
  return count * 60;
}

/** `count` hours, in seconds. */
export function hours(count: number): number {
  return count * 3600;
}

/** `count` days of 24 hours, in seconds. */
export function days(count: number): number {
  return count * 86_400;
}

/** `count` twelfths of a year of 365 days, in seconds: how long data is kept, not what a calendar says. */
export function months(count: number): number {
  return (count * days(365)) / 12;
}
