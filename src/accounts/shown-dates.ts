import { type Locale, minutes, parisFormats } from "../foundation/index.ts";

const days = parisFormats({ dateStyle: "long" });
const instants = parisFormats({ dateStyle: "long", timeStyle: "short" });

/** A day as a page says it, in Paris: « 31 janvier 2027 ». */
export function shownDay(epochSeconds: number, locale: Locale): string {
  return days[locale].format(epochSeconds * 1000);
}

/** An instant as a page says it, in Paris: « 31 janvier 2027 à 18:00 ». */
export function shownInstant(epochSeconds: number, locale: Locale): string {
  return instants[locale].format(epochSeconds * 1000);
}

/** Until when something lasts: the last day when it ends with that day in Paris, else the instant. */
export function shownUntil(epochSeconds: number, locale: Locale): string {
  const endsAtMidnight =
    shownDay(epochSeconds, locale) !== shownDay(epochSeconds - 1, locale) &&
    epochSeconds % minutes(1) === 0;
  return endsAtMidnight ? shownDay(epochSeconds - 1, locale) : shownInstant(epochSeconds, locale);
}
