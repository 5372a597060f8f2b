import type { DayCounts } from "../audit/index.ts";
import { days, parisInstant, readSince } from "../foundation/index.ts";

/** A day of Paris. */
export interface Day {
  /** `2026-11-29` */
  readonly date: string;
  /** Its first second, and the first that is past it: epoch seconds. */
  readonly since: number;
  readonly until: number;
}

/** The last days up to that of an instant (epoch seconds), the oldest first. Two of a year have another hour. */
export function lastDays(count: number, now: number): Day[] {
  const today = Date.parse(parisInstant(now).slice(0, 10)) / 1000;
  const begins = Array.from({ length: count + 1 }, (_, place) => {
    const date = new Date((today + days(1) * (place + 1 - count)) * 1000)
      .toISOString()
      .slice(0, 10);
    return { date, since: readSince(date) ?? 0 };
  });
  return begins
    .slice(0, count)
    .map((day, place) => ({ ...day, until: begins[place + 1]?.since ?? 0 }));
}

/** What is drawn, each in a chart of its own. */
export const drawn = [
  "signIns",
  "refusals",
  "accounts",
] as const satisfies readonly (keyof DayCounts)[];

/** How wide and high a chart is; a day is four wide, of which one is free. */
export const chartSize = { width: 360, height: 72 } as const;

/**
 * Draws numbers as one path of an inline SVG, which needs no style: a bar each, the greatest as high as the chart; what is
 * not zero is seen.
 */
export function barsOf(numbers: readonly number[]): string {
  const most = Math.max(...numbers, 1);
  const step = chartSize.width / Math.max(numbers.length, 1);
  const bars = numbers.map((number, place) => {
    if (number === 0) return "";
    const height = Math.max(1, Math.round((number / most) * chartSize.height));
    const [x, width] = [place * step + 0.5, step - 1].map((each) =>
      String(Number(each.toFixed(2))),
    );
    return `M${x ?? ""} ${String(chartSize.height)}v-${String(height)}h${width ?? ""}v${String(height)}z`;
  });
  return bars.join("");
}
