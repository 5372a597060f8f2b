import { describe, expect, it } from "@jest/globals";
import { accessLines } from "../../src/command-line/access-file.ts";
import { dinum, laPoste, morning } from "./operator.ts";

const read = (...lines: string[]) => accessLines(lines.join("\n"), morning);

describe("a file of accesses", () => {
  it("may have its columns in any order and case, and leave the optional ones out", () => {
    const { lines, problems } = read("SIRET;Email", "130 025 265 00013;CAMILLE@CFA.TEST");
    expect(problems).toEqual([]);
    expect(lines).toEqual([
      {
        line: 2,
        email: "camille@cfa.test",
        siret: dinum,
        name: undefined,
        untilAt: undefined,
        reason: undefined,
      },
    ]);
  });

  it("gives each line its name, end and reason", () => {
    const { lines } = read(
      "email,siret,name,until,reason",
      `a@cfa.test,${dinum},"DINUM, Paris",2027-01-31,rentrée`,
    );
    expect(lines).toMatchObject([
      {
        name: "DINUM, Paris",
        untilAt: Date.parse("2027-01-31T23:00:00Z") / 1000,
        reason: "rentrée",
      },
    ]);
  });

  it.each([
    ["another first column", "mail,siret", "must have a column email"],
    ["no column siret", "email", "must have a column siret"],
    [
      "an unknown column",
      "email,siret,nom",
      "must have only the columns email, siret, name, until, reason",
    ],
    ["a column twice", "email,siret,email", "must have each column once"],
  ])("is refused for %s", (_what, header, rule) => {
    const { lines, problems } = read(header, `a@cfa.test,${dinum},x`);
    expect(lines).toEqual([]);
    expect(problems[0]).toMatchObject({ line: 1, argument: "header", rule });
  });

  it("names every problem of every line", () => {
    const { lines, problems } = read(
      "email,siret,until",
      "not an address,123,2027-02-30",
      `a@cfa.test,13002526500014,2027-01-15T08:59:59+01:00`,
      `a@cfa.test,${dinum},2027-01-15T09:00:01+01:00`,
      `a@cfa.test,${laPoste},,more`,
    );
    expect(lines).toMatchObject([{ line: 4 }]);
    expect(problems.map(({ line, argument, found }) => [line, argument, found])).toEqual([
      [5, "fields", "4"],
      [2, "email", '"not an address"'],
      [2, "siret", '"123"'],
      [2, "until", '"2027-02-30"'],
      [3, "siret", '"13002526500014"'],
      [3, "until", '"2027-01-15T08:59:59+01:00"'],
    ]);
  });

  it("refuses the same opening twice, and two names of one establishment", () => {
    const { problems } = read(
      "email,siret,name",
      `a@cfa.test,${dinum},DINUM`,
      `A@cfa.test,${dinum},`,
      `b@cfa.test,${dinum},Dinum`,
    );
    expect(problems).toEqual([
      {
        line: 3,
        argument: "email, siret",
        found: `"a@cfa.test ${dinum}"`,
        rule: "must be opened once: line 2 does already",
      },
      {
        line: 4,
        argument: "name",
        found: '"Dinum"',
        rule: 'must be the same wherever the SIRET is: line 2 says "DINUM"',
      },
    ]);
  });

  it("shows an escape sequence in a value as a space", () => {
    const { problems } = read("email,siret", "\u001b[31mred,1");
    expect(problems[0]?.found).toBe('" [31mred"');
  });
});
