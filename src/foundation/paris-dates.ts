import { days, hours } from "./durations.ts";
import { type Locale, locales } from "./locale.ts";

/** Where l'Opcommerce works: its days begin and end there. */
const timeZone = "Europe/Paris";
const day = /^(\d{4})-(\d{2})-(\d{2})$/;
/** As it is written in France. */
const frenchDay = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/;
const frenchClock = /^(\d{2}\/\d{2}\/\d{4}) (\d{2}):(\d{2})(?::(\d{2}))?$/;
const instant = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** What {@link readUntil} accepts. */
export const untilRule =
  "must be a day (2027-01-31 or 31/01/2027, to its end in Paris) or an instant with its offset (2027-01-31T18:00:00+01:00)";

/**
 * Reads until when something lasts: a day, to its end in Paris, or an instant with its offset.
 * @returns epoch seconds of the first second that is past it; undefined when it is neither
 */
export function readUntil(typed: string): number | undefined {
  const text = isoDay(typed.trim());
  const [, date] = instant.exec(text) ?? [];
  if (date !== undefined) {
    const milliseconds = Date.parse(text);
    return isDay(date) && !Number.isNaN(milliseconds) ? Math.floor(milliseconds / 1000) : undefined;
  }
  return isDay(text) ? parisMidnight(Date.parse(text) / 1000 + days(1)) : undefined;
}

/**
 * Reads since when something is asked for: a day, from its beginning in Paris, or an instant with its offset.
 * @returns epoch seconds of its first second; undefined when it is neither
 */
export function readSince(typed: string): number | undefined {
  const text = isoDay(typed.trim());
  return isDay(text) ? parisMidnight(Date.parse(text) / 1000) : readUntil(text);
}

/**
 * Reads when something was: an instant with its offset, or the clock of Paris as {@link parisClock} writes it, the seconds left
 * out or not, as spreadsheets do. In the hour that comes twice, in October, the first one.
 * @returns epoch seconds; undefined when it is neither
 */
export function readInstant(typed: string): number | undefined {
  const text = typed.trim();
  if (instant.test(text)) return readUntil(text);
  const [, date = "", hour = 0, minute = 0, second = "00"] = frenchClock.exec(text) ?? [];
  const midnight = date === "" ? undefined : readSince(date);
  if (midnight === undefined) return undefined;
  const sought = midnight + Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  // A day on which clocks change has another hour.
  const said = text.length < 19 ? `${text}:${second}` : text;
  return [sought - 3600, sought, sought + 3600].find((each) => parisClock(each) === said);
}

/** An instant for programs: ISO 8601, UTC, to the second. */
export function isoInstant(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace(".000Z", "Z");
}

/** An instant for people, in Paris: `2027-01-31 18:00`. */
export function parisInstant(epochSeconds: number): string {
  return parisFormat.format(epochSeconds * 1000);
}

/** Until when, for people: the last day when it ends with that day in Paris, else the instant. */
export function parisUntil(epochSeconds: number): string {
  const end = parisInstant(epochSeconds);
  return end.endsWith(" 00:00") && epochSeconds % 60 === 0
    ? parisInstant(epochSeconds - 1).slice(0, 10)
    : end;
}

const languages: Readonly<Record<Locale, string>> = { fr: "fr-FR", en: "en-GB" };

/**
 * Dates in Paris as each locale says them. To be made once: to make one costs a millisecond, and a list or a letter has
 * thousands of dates.
 */
export function parisFormats(
  style: Intl.DateTimeFormatOptions,
): Readonly<Record<Locale, Pick<Intl.DateTimeFormat, "format">>> {
  const made = locales.map((locale) => {
    const dates = new Intl.DateTimeFormat(languages[locale], { timeZone, ...style });
    return [locale, locale === "fr" ? { format: ordinalFirst(dates) } : dates];
  });
  return Object.fromEntries(made) as Record<Locale, Pick<Intl.DateTimeFormat, "format">>;
}

/** French says the first of a month « 1er janvier », which the data of Unicode leave at « 1 janvier ». */
function ordinalFirst(format: Intl.DateTimeFormat): Intl.DateTimeFormat["format"] {
  return (date) => format.format(date).replace(/(?<!\d)1 (?=\p{L})/u, "1er ");
}

// The Swedish way to write dates is ISO 8601 without its T.
const parisFormat = new Intl.DateTimeFormat("sv-SE", {
  timeZone,
  dateStyle: "short",
  timeStyle: "short",
});

/** A day as ISO 8601 writes it, if it is one as the French do; anything else as it stands. */
function isoDay(text: string): string {
  const [, date = "", month = "", year = ""] = frenchDay.exec(text) ?? [];
  return date === "" ? text : `${year}-${month.padStart(2, "0")}-${date.padStart(2, "0")}`;
}

/** Whether it is a day of the calendar: `Date.parse` would take 30 February for 2 March. */
function isDay(text: string): boolean {
  if (!day.test(text)) return false;
  const milliseconds = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(milliseconds) && isoInstant(milliseconds / 1000).startsWith(text);
}

/** The second at which a day begins in Paris, one or two hours before it does in UTC. Clocks change later in the night. */
function parisMidnight(utcMidnight: number): number {
  const summer = utcMidnight - hours(2);
  return parisInstant(summer).endsWith(" 00:00") ? summer : utcMidnight - hours(1);
}

const { fr: clockFormat } = parisFormats({ dateStyle: "short", timeStyle: "medium" });

/** An instant as a French spreadsheet reads it, in Paris: `31/01/2027 18:00:05`. */
export function parisClock(epochSeconds: number): string {
  return clockFormat.format(epochSeconds * 1000).replace(",", "");
}
