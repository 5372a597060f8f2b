import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { findJsonFault } from "../../src/clients/json-position.ts";
import { growsNoFaster, growthByEight } from "../support/growth.ts";

describe("the first fault of a text that is not JSON", () => {
  it.each([
    ["", 1, 1, undefined],
    ["[", 1, 2, undefined],
    ["[\n  x\n]", 2, 3, "x"],
    ['[\n  { "client_id": "a", }\n]', 2, 23, "}"],
    ['[{"a" 1}]', 1, 7, "1"],
    ['["a" "b"]', 1, 6, '"'],
    ["[1}", 1, 3, "}"],
    ["[] []", 1, 4, "["],
    ["[01]", 1, 3, "1"],
    ["{'a': 1}", 1, 2, "'"],
    ["// no comments\n[]", 1, 1, "/"],
    ['["not closed]', 1, 2, '"'],
    ["[😀]", 1, 2, "😀"],
  ])("of %j stands at line %d, column %d", (text, line, column, character) => {
    expect(findJsonFault(text)).toEqual({ line, column, character });
  });

  it("is found exactly where JSON.parse refuses", () => {
    const pieces = Array.from('{}[],:" \n\\-+.eE01a');
    pieces.push("true", "null", '"a"', '"\\u00e9"', "1.5e-3");
    const texts = fc.oneof(
      fc.json(),
      fc.string({ unit: fc.constantFrom(...pieces) }),
      fc
        .tuple(fc.json(), fc.nat(), fc.constantFrom(...pieces))
        .map(
          ([text, at, piece]) =>
            text.slice(0, at % text.length) + piece + text.slice(at % text.length),
        ),
    );
    fc.assert(
      fc.property(texts, (text) => (findJsonFault(text) === undefined) === parses(text)),
      { numRuns: 2000 },
    );
  });

  it.each<[string, (size: number) => string]>([
    ["nested without end", (size) => "[".repeat(size)],
    ["one long text", (size) => `"${"a".repeat(size)}`],
    ["one long text that is JSON", (size) => `"${"\\n".repeat(size / 2)}"`],
    ["spaces", (size) => " ".repeat(size)],
  ])("is sought in a time that grows with the text alone: %s", (_what, text) => {
    const growth = growthByEight((size) => {
      const sought = text(size);
      expect(findJsonFault(sought) === undefined).toBe(sought.endsWith('n"'));
    }, 10_000);
    expect(growth).toBeLessThan(growsNoFaster);
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
