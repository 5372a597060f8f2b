import { describe, expect, it } from "@jest/globals";
import { readAccessList } from "../../src/establishments/access-list.ts";
import { dinum, laPoste, morning } from "../command-line/operator.ts";

const read = (...lines: string[]) => readAccessList(lines.join("\n"), morning);

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
    ["another first column", "mail,siret", "column-missing", { column: "email" }],
    ["no column siret", "email", "column-missing", { column: "siret" }],
    [
      "an unknown column",
      "email,siret,nom",
      "column-unknown",
      { columns: "email, siret, name, until, reason" },
    ],
    ["a column twice", "email,siret,email", "column-twice", {}],
  ])("is refused for %s", (_what, header, reason, details) => {
    const { lines, problems } = read(header, `a@cfa.test,${dinum},x`);
    expect(lines).toEqual([]);
    expect(problems[0]).toMatchObject({ line: 1, column: "header", reason, details });
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
    expect(
      problems.map(({ line, column, found, reason }) => [line, column, found, reason]),
    ).toEqual([
      [5, "fields", "4", "fields-too-many"],
      [2, "email", "not an address", "email-malformed"],
      [2, "siret", "123", "siret-format"],
      [2, "until", "2027-02-30", "until-malformed"],
      [3, "siret", "13002526500014", "siret-checksum"],
      [3, "until", "2027-01-15T08:59:59+01:00", "until-passed"],
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
        column: "email, siret",
        found: `a@cfa.test ${dinum}`,
        reason: "line-twice",
        details: { other: 2 },
      },
      {
        line: 4,
        column: "name",
        found: "Dinum",
        reason: "name-differs",
        details: { other: 2, name: "DINUM" },
      },
    ]);
  });
});
