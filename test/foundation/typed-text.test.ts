import { describe, expect, it } from "@jest/globals";
import { oneLine, readText } from "../../src/foundation/index.ts";

const rule = { field: "why", word: "reason", longest: 5 } as const;
const required = { ...rule, isRequired: true } as const;

describe("free text", () => {
  it.each([
    ["  parti  ", "parti"],
    ["a\r\n\tb\u2028c", "a b c"],
    ["a\u0000b", "a b"],
    // Invisible, and turned around.
    ["a\u200bb\u202ec", "abc"],
    ["e\u0301", "\u00e9"],
    ["a\ud800", "a\ufffd"],
    [" \u00a0\u200b\u0007", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%j is kept as %j", (typed, kept) => {
    expect(oneLine(typed)).toBe(kept);
  });

  it("is nothing where nothing was typed, and refused where something must be", () => {
    expect(readText(rule, " \u200b")).toEqual({ accepted: true, value: undefined });
    expect(readText(required, " \u200b")).toEqual({
      accepted: false,
      problems: [{ field: "why", reason: "reason-missing" }],
    });
  });

  it("is measured as it is kept, and not as it was typed", () => {
    expect(readText(required, "  12345\u200b ")).toEqual({ accepted: true, value: "12345" });
    expect(readText(rule, "123456")).toEqual({
      accepted: false,
      problems: [{ field: "why", reason: "reason-too-long", details: { maximum: 5 } }],
    });
  });

  it("keeps its lines where a rule says so, with one empty line between two at most", () => {
    const lines = { ...rule, longest: 20, hasLines: true } as const;
    expect(readText(lines, " a \r\n\r\n\n\n b\rc \n")).toEqual({
      accepted: true,
      value: "a\n\nb\nc",
    });
    expect(readText(lines, "\n\u200b\n")).toEqual({ accepted: true, value: undefined });
  });
});
