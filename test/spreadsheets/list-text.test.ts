import { describe, expect, it } from "@jest/globals";
import { zipSync } from "fflate";
import { listText, readTable } from "../../src/spreadsheets/index.ts";
import { workbook } from "../support/workbook.ts";

const list =
  "Nom;Adresse email;SIRET\r\nL’Étoile d'Œuvre – Évry;zoé@cfa.test;130 025 265 00013\r\n";

/** Windows-1252: what is not Latin-1 in the list, by its code there. */
const windows1252 = (text: string) =>
  Uint8Array.from(text, (character) => {
    const code = { "’": 0x92, Œ: 0x8c, "–": 0x96, "€": 0x80 }[character];
    return code ?? character.charCodeAt(0);
  });
const bigEndian = (text: string) => Buffer.from(text, "utf16le").swap16();

const rowsOf = async (bytes: Uint8Array) => {
  const { text, fault } = await listText(bytes);
  if (fault) return fault;
  const table = readTable(text);
  return table.fault ?? table.rows.map(({ cells }) => cells);
};

describe("a file", () => {
  it.each<[string, Uint8Array]>([
    ["CSV (séparateur point-virgule).csv, Windows-1252", windows1252(list)],
    ["CSV UTF-8.csv, with a mark of byte order", Buffer.from(`\ufeff${list}`)],
    ["utf-8.csv of another program, without", Buffer.from(list)],
    [
      "Texte Unicode.txt, UTF-16 and tabs",
      Buffer.from(`\ufeff${list.replaceAll(";", "\t")}`, "utf16le"),
    ],
    ["utf-16be.csv", bigEndian(`\ufeff${list}`)],
    ["utf-16le.csv without a mark", Buffer.from(list, "utf16le")],
    ["utf-16be.csv without a mark", bigEndian(list)],
    ["virgules.csv", Buffer.from(list.replaceAll(";", ","))],
    ["sep.csv, its first line « sep=; »", windows1252(`sep=;\r\n${list}`)],
    ["sep-entre-guillemets.csv", Buffer.from(`"sep=,"\n${list.replaceAll(";", ",")}`)],
    [
      "vides.csv: blank first lines, trailing columns and rows",
      windows1252(`\r\n;;;\r\n${list.replaceAll("\r\n", ";;;\r\n")};;;;\r\n;;;;\r\n`),
    ],
    ["mac.csv, CR alone", windows1252(list.replaceAll("\r\n", "\r"))],
    [
      "Classeur.xlsx",
      workbook({
        Feuil1: {
          1: ["Nom", "Adresse email", "SIRET"],
          2: ["L’Étoile d'Œuvre – Évry", "zoé@cfa.test", "130 025 265 00013"],
        },
      }),
    ],
  ])("is read as it stands: %s", async (_name, bytes) => {
    expect(await rowsOf(bytes)).toEqual([
      ["Nom", "Adresse email", "SIRET"],
      ["L’Étoile d'Œuvre – Évry", "zoé@cfa.test", "130 025 265 00013"],
    ]);
  });

  it("of a workbook says its rows by the sheet's numbers, digits whole and days as days", async () => {
    const bytes = workbook({
      Vide: {},
      "Liste à ouvrir": {
        3: ["email", "siret", "Fin", "Motif"],
        5: ["a@b.test", 13002526500013, { day: 46752 }, 'dit "oui"; donc\nouvert'],
        6: ["c@d.test", 1300252650001, { day: 46752.5 }, 1.5],
      },
      Notice: { 1: ["Ne pas modifier"] },
    });
    const { text, unreadSheets } = (await listText(bytes)) as {
      text: string;
      unreadSheets: string[];
    };
    expect(unreadSheets).toEqual(["Notice"]);
    expect(readTable(text).rows).toEqual([
      { line: 3, cells: ["email", "siret", "Fin", "Motif"] },
      { line: 5, cells: ["a@b.test", "13002526500013", "2027-12-31", 'dit "oui"; donc ouvert'] },
      { line: 6, cells: ["c@d.test", "1300252650001", "31/12/2027 12:00:00", "1,5"] },
    ]);
  });

  it("of a workbook keeps the clock of a cell, which has no offset, to the second", async () => {
    const seconds = (clock: number) => ({ day: 46752 + clock / 86_400 });
    const bytes = workbook({
      F: { 1: ["Fin", "siret"], 2: [seconds(64_799), 1], 3: [seconds(1), 2] },
    });
    expect(await rowsOf(bytes)).toEqual([
      ["Fin", "siret"],
      ["31/12/2027 17:59:59", "1"],
      ["31/12/2027 00:00:01", "2"],
    ]);
  });

  it("of a workbook is parted by no comma of a title", async () => {
    const title = "Nom, enseigne, sigle, autre";
    const bytes = workbook({ F: { 1: ["Email", title], 2: ["a@b.test", "A, B\tC"] } });
    expect(await rowsOf(bytes)).toEqual([
      ["Email", title],
      ["a@b.test", "A, B\tC"],
    ]);
  });

  const bomb = () => {
    const files = { "xl/worksheets/sheet1.xml": new Uint8Array(70 * 1024 * 1024) };
    return zipSync(files, { level: 9 });
  };
  it.each<[string, string, () => Uint8Array]>([
    ["rien.csv", "file-empty", () => Buffer.from(" \r\n")],
    ["colonnes-vides.csv", "file-empty", () => Buffer.from(";;\r\n;;")],
    [
      "liste.xls",
      "workbook-old",
      () => Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0, 0]),
    ],
    ["liste.pdf", "file-not-a-list", () => Buffer.from("%PDF-1.7\n\0\u0001\u0002 obj")],
    ["archive.zip", "workbook-unreadable", () => zipSync({ "liste.csv": Buffer.from(list) })],
    ["coupé.xlsx", "workbook-unreadable", () => workbook({ F: { 1: ["a"] } }).subarray(0, 900)],
    ["vide.xlsx", "file-empty", () => workbook({ F: {} })],
    ["gonflé.xlsx", "workbook-too-large", bomb],
    ["lourd.csv", "file-too-large", () => new Uint8Array(16 * 1024 * 1024 + 1).fill(0x61)],
    ["guillemet.csv", "quote-open", () => Buffer.from('a;b\n1;2\n"3;4\n5;6')],
    ["lignes.jsonl", "json-line", () => Buffer.from('{"email":"a@b.test"}\n{"email"')],
    ["longue.csv", "rows-too-many", () => Buffer.from(`a;b\n${"1;2\n".repeat(50_001)}`)],
  ])("that cannot be read says why: %s, %s", async (_name, reason, bytes) => {
    expect(await rowsOf(bytes())).toMatchObject({ reason });
  });

  it("of fifty thousand rows is read", async () => {
    expect(await rowsOf(Buffer.from(`a;b\n${"1;2\n".repeat(50_000)}`))).toHaveLength(50_001);
  });
});
