import { describe, expect, it } from "@jest/globals";
import {
  isoInstant,
  parisFormats,
  parisInstant,
  parisUntil,
  readInstant,
  readUntil,
} from "../../src/foundation/paris-dates.ts";

describe("readInstant", () => {
  it.each([
    ["31/01/2027 18:00:05", "2027-01-31T17:00:05Z", "the clock of Paris in winter"],
    ["31/07/2027 18:00", "2027-07-31T16:00:00Z", "in summer, to the minute"],
    ["31/10/2027 02:30", "2027-10-31T00:30:00Z", "in the hour that comes twice, the first one"],
    ["2027-01-31T18:00:00+01:00", "2027-01-31T17:00:00Z", "an instant"],
  ])("reads %s as %s (%s)", (typed, instant) => {
    expect(isoInstant(readInstant(typed) ?? 0)).toBe(instant);
  });

  it.each(["31/01/2027", "31/01/2027 24:00", "28/03/2027 02:30", "31/02/2027 10:00", "18:00"])(
    "refuses %s",
    (typed) => {
      expect(readInstant(typed)).toBeUndefined();
    },
  );
});

describe("readUntil", () => {
  it.each([
    ["2027-01-31", "2027-01-31T23:00:00Z", "a winter day ends at 23:00 UTC"],
    ["2027-07-31", "2027-07-31T22:00:00Z", "a summer day ends at 22:00 UTC"],
    ["2027-03-28", "2027-03-28T22:00:00Z", "the day on which summer time begins"],
    ["2027-03-27", "2027-03-27T23:00:00Z", "the day before it"],
    ["2027-10-31", "2027-10-31T23:00:00Z", "the day on which it ends"],
    ["2027-10-30", "2027-10-30T22:00:00Z", "the day before that"],
    ["2028-02-29", "2028-02-29T23:00:00Z", "a leap day"],
    ["31/01/2027", "2027-01-31T23:00:00Z", "a day as it is written in France"],
    ["1.2.2027", "2027-02-01T23:00:00Z", "the same with dots"],
    [" 2027-12-31 ", "2027-12-31T23:00:00Z", "the last day of a year, with spaces"],
    ["2027-01-31T18:00:00+01:00", "2027-01-31T17:00:00Z", "an instant"],
    ["2027-01-31T18:00Z", "2027-01-31T18:00:00Z", "an instant to the minute"],
    ["2027-01-31T18:00:00.9Z", "2027-01-31T18:00:00Z", "an instant within a second"],
  ])("reads %s as %s (%s)", (typed, instant) => {
    expect(isoInstant(readUntil(typed) ?? 0)).toBe(instant);
  });

  it.each([
    "2027-02-29",
    "2027-02-30T10:00:00Z",
    "2027-13-01",
    "2027-1-31",
    "31/02/2027",
    "01/31/2027",
    "31/01/27",
    "2027-01-31T18:00:00",
    "2027-01-31T25:00:00Z",
    "2027-01-31T18:00:00+99:00",
    "tomorrow",
    "",
  ])("refuses « %s »", (typed) => {
    expect(readUntil(typed)).toBeUndefined();
  });
});

describe("dates for people", () => {
  it("are those of Paris", () => {
    expect(parisInstant(Date.parse("2027-07-31T22:30:00Z") / 1000)).toBe("2027-08-01 00:30");
  });

  it.each([["2027-01-31"], ["2027-07-31"], ["2027-10-31"]])("show %s as it was typed", (day) => {
    expect(parisUntil(readUntil(day) ?? 0)).toBe(day);
  });

  it("show an end within a day with its time", () => {
    const shown = (instant: string) => parisUntil(readUntil(instant) ?? 0);
    expect(shown("2027-01-31T18:00:00+01:00")).toBe("2027-01-31 18:00");
    expect(shown("2027-02-01T00:00:01+01:00")).toBe("2027-02-01 00:00");
  });
});

describe("parisFormats", () => {
  it.each([
    ["2026-12-01T10:00:00Z", "1er décembre 2026 à 11:00", "1 December 2026 at 11:00"],
    ["2026-12-11T20:01:00Z", "11 décembre 2026 à 21:01", "11 December 2026 at 21:01"],
    ["2026-12-31T23:00:00Z", "1er janvier 2027 à 00:00", "1 January 2027 at 00:00"],
  ])("says %s as people do", (typed, french, english) => {
    const { fr, en } = parisFormats({ dateStyle: "long", timeStyle: "short" });
    expect(fr.format(Date.parse(typed))).toBe(french);
    expect(en.format(Date.parse(typed))).toBe(english);
  });

  it("says the day of the week before, and leaves figures alone", () => {
    const first = Date.parse("2026-12-01T10:00:00Z");
    expect(parisFormats({ dateStyle: "full" }).fr.format(first)).toBe("mardi 1er décembre 2026");
    expect(parisFormats({ dateStyle: "short" }).fr.format(first)).toBe("01/12/2026");
  });
});
