import { parisInstant, parisUntil } from "../foundation/index.ts";

/**
 * An instant for who operates, in Paris and with its offset: `2027-01-31T18:00+01:00`. The log and the machine may go by UTC, and what
 * is read here is typed again behind `--since`.
 */
export function instantText(epochSeconds: number): string {
  const said = parisInstant(epochSeconds).replace(" ", "T");
  const minute = Math.floor(epochSeconds / 60) * 60;
  const hours = (Date.parse(`${said}Z`) / 1000 - minute) / 3600;
  return `${said}+0${String(hours)}:00`;
}

/** Until when, for who operates: the last day when it ends with that day in Paris, else the instant. */
export function untilText(epochSeconds: number): string {
  const until = parisUntil(epochSeconds);
  return until.length === 10 ? until : instantText(epochSeconds);
}
