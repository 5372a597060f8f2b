import { describe, expect, it } from "@jest/globals";
import type { Siret } from "../../src/establishments/index.ts";
import { readAccessList } from "../../src/establishments/access-list.ts";
import { readListFileHere } from "../../src/establishments/access-list-file.ts";
import { workbook } from "../support/workbook.ts";
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
    ["another first column", "contact,siret", "column-missing", { column: "email" }],
    ["no column siret", "email", "column-missing", { column: "siret" }],
    [
      "an unknown column",
      "email,siret,région",
      "column-unknown",
      { columns: "email, siret, name, until, reason" },
    ],
    ["a column twice", "email,siret,email", "column-twice", {}],
  ])("is refused for %s", (_what, header, reason, details) => {
    const { lines, problems } = read(header, `a@cfa.test,${dinum},x`);
    expect(lines).toEqual([]);
    expect(problems[0]).toMatchObject({ line: 1, column: "header", reason, details });
  });

  it("ends at the clock of Paris where it says one, in a workbook as in CSV", async () => {
    const ends = [1830272400, 1814446800];
    const csv = `email;siret;fin\na@b.test;${dinum};31/12/2027 18:00\nc@d.test;${dinum};01/07/2027 15:00:00`;
    const file = workbook({
      F: {
        1: ["email", "siret", "fin"],
        2: ["a@b.test", dinum, { day: 46752.75 }],
        3: ["c@d.test", dinum, { day: 46569.625 }],
      },
    });
    for (const list of [csv, file]) {
      const { lines, problems } = await readListFileHere({ list, now: 1, choices: {} });
      expect([problems, lines.map(({ untilAt }) => untilAt)]).toEqual([[], ends]);
    }
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
      [2, "email", "not an address", "email-malformed"],
      [2, "siret", "123", "siret-format"],
      [2, "until", "2027-02-30", "until-malformed"],
      [3, "siret", "13002526500014", "siret-checksum"],
      [3, "until", "2027-01-15T08:59:59+01:00", "until-passed"],
      [5, "fields", "4", "fields-too-many"],
    ]);
  });

  it("takes a line that says right what one before says wrong", () => {
    const { lines, repeated, problems } = read(
      "email,siret,name",
      `a@cfa.test,${dinum},DINUM`,
      `b@cfa.test,${dinum},Dinum`,
      `b@cfa.test,${dinum},DINUM`,
      `b@cfa.test,${dinum},DINUM`,
    );
    expect(problems).toMatchObject([{ line: 3, reason: "name-differs" }]);
    expect([lines, repeated]).toMatchObject([[{ line: 2 }, { line: 4 }], [{ line: 5 }]]);
  });

  it("takes a line once that is only repeated", () => {
    const { lines, repeated, problems } = read(
      "email;siret;fin",
      `a@cfa.test;${dinum};31/12/2027`,
      `A@cfa.test;130 025 265 00013;2027-12-31`,
    );
    expect([lines.length, repeated, problems]).toMatchObject([1, [{ line: 3 }], []]);
  });

  it("refuses the same opening twice with another end, and two names of one establishment", () => {
    const { problems } = read(
      "email,siret,name,until",
      `a@cfa.test,${dinum},DINUM,`,
      `A@cfa.test,${dinum},,2027-12-31`,
      `b@cfa.test,${dinum},Dinum,`,
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

describe("a list that people really have", () => {
  const end = Date.parse("2027-12-31T23:00:00Z") / 1000;

  it.each([
    ["email;siret;name;until;reason"],
    ["EMAIL;SIRET;Nom;Fin;Motif"],
    ["Adresse email;N° SIRET;Raison sociale;Date de fin;Motif"],
    ["Courriel;Numéro de SIRET;Établissement;Jusqu'au;Raison"],
    ["E-mail;siret ;Nom de l’établissement;FIN D'ACCÈS;motif"],
  ])("may name its columns « %s »", (header) => {
    const { lines, problems } = read(header, `a@cfa.test;${dinum};Été;31/12/2027;rentrée`);
    expect(problems).toEqual([]);
    expect(lines).toMatchObject([{ siret: dinum, name: "Été", untilAt: end, reason: "rentrée" }]);
  });

  it("takes the name beside a first name for the person's, and leaves it unread", () => {
    const { lines, unreadColumns } = read(
      "Civilité;Nom;Prénom;Adresse email;SIRET;Raison sociale",
      `Mme;DURAND;Zoé;zoe@cfa.test;${dinum};DINUM`,
    );
    expect(lines).toMatchObject([{ email: "zoe@cfa.test", name: "DINUM" }]);
    expect(unreadColumns.map(({ title }) => title)).toEqual(["Civilité", "Nom", "Prénom"]);
  });

  it("leaves unknown columns unread only when it is told to", () => {
    const list = `email;siret;Région\na@cfa.test;${dinum};Bretagne`;
    expect(readAccessList(list, morning).problems).toMatchObject([{ found: "Région" }]);
    const told = readAccessList(list, morning, { skipUnknown: true });
    expect(told).toMatchObject({ lines: [{ line: 2 }], problems: [] });
    expect(told.unreadColumns).toEqual([{ title: "Région", letter: "C" }]);
  });

  it("says of a column without a title that it is left unread, where it holds something", () => {
    const { lines, problems, unreadColumns } = read(
      `;email;;siret;${";".repeat(24)};fin`,
      `;a@cfa.test;;${dinum};;`,
      `;b@cfa.test;oui;${dinum}${";".repeat(24)};x`,
    );
    expect([lines, problems]).toMatchObject([[{ line: 2 }, { line: 3 }], []]);
    expect(unreadColumns).toEqual([
      { title: "", letter: "C" },
      { title: "", letter: "AC" },
    ]);
  });

  it.each([
    "Jeanne <a@cfa.test>, Paul <b@cfa.test>",
    "a@cfa.test; b@cfa.test",
    "a@cfa.test <b@cfa.test>",
    "a@cfa.test, Paul <b@cfa.test>",
    "<a@cfa.test> <b@cfa.test>",
  ])("refuses a cell of two addresses: %s", (cell) => {
    expect(read("email,siret", `"${cell}",${dinum}`)).toMatchObject({
      lines: [],
      problems: [{ column: "email", found: cell, reason: "email-malformed" }],
    });
  });

  it.each(['"""a@cfa.test"" <A@cfa.test>"', "mailto:a@cfa.test <a@cfa.test>"])(
    "takes an address that is its own name: %s",
    (cell) => {
      expect(read("email,siret", `${cell},${dinum}`).lines).toMatchObject([
        { email: "a@cfa.test" },
      ]);
    },
  );

  it("refuses a cell of one number and a half", () => {
    const { lines, problems } = read("email;siret", `a@cfa.test;130 025 265 00013 / 00021`);
    expect([lines, problems]).toMatchObject([[], [{ reason: "siret-format" }]]);
  });

  it.each([
    ['="13002526500013"', "a@cfa.test", "31/12/2027"],
    ["'13002526500013", "'a@cfa.test", "2027-12-31"],
    ["130\u2007025\u2007265\u200700013", "Zoé A. <a@cfa.test>", '="31/12/2027"'],
    ["１３００２５２６５０００１３", "mailto:A@cfa.test", "31.12.2027"],
    ["130025265/00013", "\u200ba@cfa.test\u00a0", "31-12-2027"],
    ["13002526500013,00", " a@cfa.test ", "2028-01-01T00:00:00+01:00"],
  ])("may write its cells %s · %s · %s", (siret, email, until) => {
    const { lines, problems } = read("siret;email;fin", [siret, email, until].join(";"));
    expect(problems).toEqual([]);
    expect(lines).toMatchObject([{ siret: dinum, email: "a@cfa.test", untilAt: end }]);
  });

  it("proposes the number that a spoilt one may have been, and takes it when it is meant", () => {
    const list = "email;siret\na@cfa.test;557246600026\nb@cfa.test;1,30025E+13";
    expect(readAccessList(list, morning).problems).toMatchObject([
      { line: 2, reason: "siret-short", details: { proposed: "00557246600026" } },
      { line: 3, reason: "siret-rounded" },
    ]);
    const taken = new Set(["00557246600026" as Siret]);
    const { lines, problems } = readAccessList(list, morning, { taken });
    expect([lines, problems]).toMatchObject([
      [{ line: 2, siret: "00557246600026" }],
      [{ line: 3 }],
    ]);
  });

  it("does not open again what an export says has ended", () => {
    const { lines, ended } = read(
      "Email;SIRET;État;Fin",
      `a@cfa.test;${dinum};Terminé;31/12/2020`,
      `a@cfa.test;${laPoste};Ouvert;`,
    );
    expect([lines, ended]).toMatchObject([[{ line: 3 }], [{ line: 2 }]]);
  });

  it.each([
    ["Fermé", true],
    ["FERMÉE le 12/03/2026", true],
    ["terminés", true],
    ["ended", true],
    ["closed", true],
    ["fermeture prévue", false],
    ["Fermeture demandée", false],
    ["terminera en juin", false],
  ])("takes the state « %s » for ended: %s", (state, isEnded) => {
    const { lines, ended } = read("email;siret;État", `a@cfa.test;${dinum};${state}`);
    expect([lines.length, ended.length]).toEqual(isEnded ? [0, 1] : [1, 0]);
  });
});
