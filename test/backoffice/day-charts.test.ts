import { describe, expect, it } from "@jest/globals";
import { barsOf, chartSize, lastDays } from "../../src/backoffice/day-charts.ts";
import { readInstant } from "../../src/foundation/index.ts";

const at = (clock: string) => readInstant(clock) ?? 0;

describe("the last days in Paris", () => {
  it("end with today, each where the one before it ends", () => {
    const days = lastDays(90, at("29/11/2026 00:10:00"));
    expect(days).toHaveLength(90);
    expect(days.at(-1)?.date).toBe("2026-11-29");
    expect(days[0]?.date).toBe("2026-09-01");
    days.slice(1).forEach((day, place) => {
      expect(day.since).toBe(days[place]?.until);
    });
  });

  it("have an hour more, or less, when the clocks change", () => {
    const hoursOf = (clock: string) =>
      lastDays(3, at(clock)).map(({ since, until }) => (until - since) / 3600);
    expect(hoursOf("26/10/2026 12:00:00")).toEqual([24, 25, 24]);
    expect(hoursOf("30/03/2026 12:00:00")).toEqual([24, 23, 24]);
  });
});

describe("the bars of a chart", () => {
  it("are as high as their number, the greatest as high as the chart; what is not zero is seen", () => {
    const { height } = chartSize;
    const bars = barsOf([0, 10_000, 5000, 1]);
    expect(bars.match(/v-\d+/g)).toEqual([`v-${height}`, `v-${height / 2}`, "v-1"]);
    expect(bars).toMatch(/^M[\d.]+ 72v-72h[\d.]+v72z/);
  });

  it("are none where nothing was", () => {
    expect(barsOf([0, 0])).toBe("");
    expect(barsOf([])).toBe("");
  });
});
