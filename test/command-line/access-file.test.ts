import { describe, expect, it } from "@jest/globals";
import { lineProblem } from "../../src/command-line/access-file.ts";

describe("the problem of a line", () => {
  it.each([
    ["column-missing", { column: "email" }, "must have a column email"],
    ["column-unknown", { columns: "email, siret" }, "must have only the columns email, siret"],
    ["line-twice", { other: 2 }, "must be opened once: line 2 does already"],
    [
      "name-differs",
      { other: 2, name: "DINUM" },
      'must be the same wherever the SIRET is: line 2 says "DINUM"',
    ],
    ["quote-open", {}, "must close every double quote"],
    ["fields-too-many", { columns: 3 }, "must be no more than the columns of the header, 3"],
    ["account-unknown", {}, "must be the address of an account: the person signs up first"],
  ] as const)("is worded for %s", (reason, details, rule) => {
    const problem = lineProblem({ line: 7, column: "c", found: "x", reason, details });
    expect(problem).toMatchObject({ line: 7, argument: "c", rule });
  });

  it("shows an escape sequence in a value as a space", () => {
    const found = "\u001b[31mred";
    const problem = { line: 2, column: "email", found, reason: "email-malformed" } as const;
    expect(lineProblem(problem).found).toBe('" [31mred"');
  });
});
