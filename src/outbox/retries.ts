import { hours, minutes, seconds } from "../foundation/index.ts";

/** The pauses between tries, in seconds: 11 tries over a little more than a day. */
export const pausesSeconds: readonly number[] = [
  seconds(5),
  seconds(15),
  minutes(1),
  minutes(5),
  minutes(15),
  hours(1),
  hours(2),
  hours(4),
  hours(8),
  hours(9),
];

/**
 * The pause before the next try, lengthened by up to a tenth so that a crowd of mails does not come
 * back as one. Always longer than the pause before.
 * @param attempt the try that failed, from 1
 * @param jitter in [0, 1)
 * @returns undefined after the last try.
 */
export function pauseAfter(attempt: number, jitter: number): number | undefined {
  const pause = pausesSeconds[attempt - 1];
  return pause === undefined ? undefined : Math.round(pause * (1 + jitter / 10));
}
