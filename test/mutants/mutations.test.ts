import { describe, expect, it } from "@jest/globals";
import { wasRun } from "./coverage.ts";
import { mutationsOf } from "./mutations.ts";

/** The sources that come of each change of a text. */
function changed(text: string): string[] {
  return mutationsOf("example.ts", text).map(
    ({ start, end, replacement }) => text.slice(0, start) + replacement + text.slice(end),
  );
}

describe("the changes that are tried", () => {
  it.each([
    ["a bound one off", "x = a < b;", ["x = a <= b;"]],
    ["an equality turned round", "x = a !== b;", ["x = a === b;"]],
    ["one of two for both", "x = a && b;", ["x = a || b;"]],
    ["a negation left out", "x = !a;", ["x = a;"]],
    ["a number one more", "x = 10;", ["x = (10 + 1);"]],
    ["a call left out", "await store.erase(sub);", [";"]],
    ["one of all for each", "x = list.every(f);", ["x = list.some(f);"]],
    ["a sum", "x = a + b;", ["x = a - b;"]],
    [
      "a condition that always or never holds",
      "if (a) f = g;",
      ["if (true) f = g;", "if (false) f = g;"],
    ],
  ])("have %s", (_what, text, expected) => {
    expect(changed(text)).toEqual(expected);
  });

  it.each([
    ["types", "type A = 1 | true; interface B { c: false }"],
    ["imports", 'import { every } from "min";'],
    ["texts that are put together", 'x = "a" + b;'],
    ["what is not called", "x = Math.min;"],
  ])("leave %s alone", (_what, text) => {
    expect(changed(text)).toEqual([]);
  });
});

describe("whether a place was run", () => {
  const thread = (...ranges: readonly [number, number, number][]) =>
    new Map([
      [
        "a.ts",
        ranges.map(([startOffset, endOffset, count]) => ({ startOffset, endOffset, count })),
      ],
    ]);

  it("is said by the innermost stretch around it", () => {
    const coverage = [thread([0, 100, 1], [10, 50, 3], [20, 30, 0])];
    expect([5, 15, 25, 60].map((place) => wasRun(coverage, "a.ts", place))).toEqual([
      ...[true, true, false, true],
    ]);
  });

  it("is said by any thread, and not by another file", () => {
    const coverage = [thread([0, 100, 1], [10, 50, 0]), thread([0, 100, 1], [10, 50, 2])];
    expect(wasRun(coverage, "a.ts", 20)).toBe(true);
    expect(wasRun(coverage, "b.ts", 20)).toBe(false);
    expect(wasRun([], "a.ts", 20)).toBe(false);
  });
});
