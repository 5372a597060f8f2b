import { describe, expect, it } from "@jest/globals";
import { instantText, untilText } from "../../src/command-line/instants.ts";
import { readSince, readUntil } from "../../src/foundation/index.ts";

const secondOf = (text: string) => Date.parse(text) / 1000;

describe("an instant for who operates", () => {
  it.each([
    ["2027-01-15T08:00:59Z", "2027-01-15T09:00+01:00"],
    ["2027-07-14T22:30:00Z", "2027-07-15T00:30+02:00"],
    // The hour that comes twice.
    ["2026-10-25T00:30:00Z", "2026-10-25T02:30+02:00"],
    ["2026-10-25T01:30:00Z", "2026-10-25T02:30+01:00"],
  ])("%s is %s, which is read again", (utc, text) => {
    expect(instantText(secondOf(utc))).toBe(text);
    expect(readSince(text)).toBe(Math.floor(secondOf(utc) / 60) * 60);
  });

  it("is the day where something lasts to its end", () => {
    const end = readUntil("2027-01-31") ?? 0;
    expect(untilText(end)).toBe("2027-01-31");
    expect(untilText(end - 60)).toBe("2027-01-31T23:59+01:00");
  });
});
