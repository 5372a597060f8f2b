import { describe, expect, it } from "@jest/globals";
import { readCopiedAddress } from "../../src/foundation/index.ts";

describe("an address that was copied into a cell", () => {
  it.each([
    "jeanne@cfa.test",
    " 'Jeanne@CFA.test ",
    "mailto:jeanne@cfa.test",
    "Jeanne Durand <jeanne@cfa.test>",
    '"jeanne@cfa.test" <jeanne@cfa.test> ',
    "Jeanne @ CFA <MAILTO:jeanne@cfa.test>",
    "\u202Ajeanne@cfa.test\u202C",
  ])("is read of %j", (cell) => {
    expect(readCopiedAddress(cell.trimStart())).toBe("jeanne@cfa.test");
  });

  it.each([
    "",
    "Jeanne Durand",
    "jeanne@cfa.test, zoe@cfa.test",
    "zoe@cfa.test <jeanne@cfa.test>",
    "(zoe@cfa.test) <jeanne@cfa.test>",
    "jeanne@cfa.test <jeanne@cfa.test> zoe",
  ])("is none of %j, or more than one", (cell) => {
    expect(readCopiedAddress(cell)).toBeUndefined();
  });

  it("is read behind a name of whatever length, before anybody else waits for it", () => {
    // Were each letter where an address is looked for anew, this would take hours.
    expect(readCopiedAddress(`${"a".repeat(4_000_000)} <jeanne@cfa.test>`)).toBe("jeanne@cfa.test");
  });
});
