import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readSiret, recogniseSirets } from "../../src/establishments/index.ts";

const dinum = "13002526500013";
const edf = "55208131766522";
const poste = "35600000009075";
const mistyped = "13002526500014";

const siretsOf = (text: string) => recogniseSirets(text).recognised.map(({ siret }) => siret);
const refusedOf = (text: string) => recogniseSirets(text).refused;

describe("the SIRETs of a text", () => {
  it.each([
    ["a line each", `${dinum}\n${edf}\r\n${poste}`],
    ["commas and semicolons", `${dinum},${edf};${poste}`],
    ["single spaces", `${dinum} ${edf} ${poste}`],
    ["a row of a spreadsheet", `${dinum}\t${edf}\t${poste}`],
    ["grouped by three", "130 025 265 00013, 552 081 317 66522 ; 356 000 000 09075"],
    ["grouped, parted by spaces alone", "130 025 265 00013 552 081 317 66522 356 000 000 09075"],
    [
      "no-break and narrow spaces",
      "130\u00a0025\u00a0265\u202f00013 552 081 317 66522\n35600000009075",
    ],
    ["dots and hyphens", "130.025.265.00013 / 552-081-317-66522 / 356 000 000-09075"],
    ["SIREN and NIC", "130025265 00013 et 552081317 66522 et 356000000 09075"],
    [
      "a mail",
      `Bonjour, merci d'ouvrir le ${dinum} (75007 Paris, tél. 01 23 45 67 89), le n° ${edf}.\nEt ${poste}!`,
    ],
    ["lines with numbers of their own", `1 ${dinum}\n2 552 081 317 66522\n3. ${poste}`],
  ])("are found in %s", (_, text) => {
    expect(siretsOf(text)).toEqual([dinum, edf, poste]);
  });

  it("are each found once, where they stand first", () => {
    expect(siretsOf(`${edf} ${dinum} 552 081 317 66522`)).toEqual([edf, dinum]);
  });

  it("say how and on which line they stood there", () => {
    expect(recogniseSirets("Voici :\nle 130.025.265 00013").recognised).toEqual([
      { siret: dinum, typed: "130 025 265 00013", line: 2 },
    ]);
  });

  it.each([
    ["every space", "\u00a0\u1680\u2000\u2003\u2007\u2009\u202f\u205f\u3000"],
    ["every dash", "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\uff0d"],
    ["tab, comma, semicolon, underscore, slash", "\t,;_/"],
    ["a dot, an apostrophe, a bar", ".'’|"],
    ["line ends", "\n\r\u0085\u2028"],
    ["what nobody sees", "\u200b\u200d\u2060\ufeff\u202a\ufe0f"],
  ])("are found whatever groups their digits: %s", (_, signs) => {
    for (const sign of signs) {
      const typed = ["130", "025", "265", "00013"].join(sign);
      expect([sign, recogniseSirets(typed)]).toMatchObject([
        sign,
        { recognised: [{ siret: dinum }], refused: [], others: [] },
      ]);
    }
  });

  it.each([
    ["full-width", 0xff10],
    ["Arabic", 0x660],
    ["Devanagari", 0x966],
    ["bold", 0x1d7ce],
    ["monospaced", 0x1d7f6],
  ])("are found in %s digits", (_, zero) => {
    const written = dinum.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
    expect(recogniseSirets(written)).toMatchObject({ recognised: [{ siret: dinum }], others: [] });
    expect(siretsOf(`130 025 265 ${written.slice(9 * (zero > 0xffff ? 2 : 1))}`)).toEqual([dinum]);
  });

  it("are found over a line end only where no line has one for itself", () => {
    expect(siretsOf("130025265\n00013")).toEqual([dinum]);
    expect(siretsOf(`75007\n${dinum}\n${edf}`)).toEqual([dinum, edf]);
  });

  it("leave listed, with its line, whatever else the text says", () => {
    const text = `Nos établissements\n1. Siège ${dinum}\n\n${edf} 75007\n12/03/2026, 1 234,56 €`;
    expect(recogniseSirets(text)).toMatchObject({
      recognised: [{ siret: dinum }, { siret: edf }],
      refused: [],
      others: [
        { line: 1, text: "Nos établissements" },
        { line: 2, text: `1. Siège ${dinum}` },
        { line: 4, text: `${edf} 75007` },
        { line: 5, text: "12/03/2026, 1 234,56 €" },
      ],
    });
  });

  it.each([
    [`${dinum} … et aussi celui de Rennes`],
    [`DINUM, 20 avenue de Ségur, 75007 Paris : ${dinum}`],
    [`tous sauf le ${mistyped}`],
    [`${dinum} x²`],
    [`12 ${dinum} 34`],
  ])("leave the whole line of « %s », which says more", (line) => {
    expect(recogniseSirets(`${edf}\n${line}`).others).toEqual([{ line: 2, text: line }]);
  });

  it.each([
    [`N° SIRET : ${dinum}`],
    [`№ de SIRET ${dinum} et ${edf}`],
    [`1. ${dinum}`],
    [`- SIREN/NIC ${dinum};`],
  ])("leave nothing of « %s », where words only say that a number follows", (line) => {
    expect(recogniseSirets(line).others).toEqual([]);
  });

  it("never lose a word or a digit: each is in a number, a refusal or the rest", () => {
    const pieces = [
      ...[dinum, mistyped, "1,30025E+13", "130 025", "75007", "Bâtiment 3", "557246600026"],
      ...["٣٢١٠", "sauf", "½", "9".repeat(70), `${"rue ".repeat(30)}bis`],
    ];
    const separator = fc.constantFrom(" ", "\n", ";", "\t", "\u2007", " / ", ", ");
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...pieces), separator)), (parts) => {
        const text = `x${parts.map(([piece, sign]) => `mot ${piece}${sign}`).join("")}`;
        const { recognised, refused, others } = recogniseSirets(text);
        const said = [...recognised, ...refused].map(({ typed }) => typed);
        const known = [...said, ...others.map(({ text: rest }) => rest)].join(" ");
        const plain = text.replaceAll("٣٢١٠", "3210");
        for (const [word] of plain.matchAll(/(?<![\d,E+])[\p{L}\p{N}]+(?![\d,E+])/gu)) {
          expect([text, word, known.includes(word)]).toEqual([text, word, true]);
        }
      }),
    );
  });
});

describe("the numbers of a text that are no SIRET", () => {
  it("are told apart: a mistyped digit, and too few or too many digits", () => {
    expect(refusedOf(`${mistyped}\n1300252650001\n130025265000130\n130 025 265`)).toEqual([
      { typed: mistyped, line: 1, reason: "siret-checksum" },
      { typed: "1300252650001", line: 2, reason: "siret-short" },
      { typed: "130025265000130", line: 3, reason: "siret-format" },
      { typed: "130 025 265", line: 4, reason: "siret-format" },
    ]);
  });

  it.each([
    ["1,30025E+13", "siret-rounded", undefined],
    ["1.30025E+13", "siret-rounded", undefined],
    ["1,300252650001E+13", "siret-rounded", undefined],
    ["4,181660960005E+13", "siret-rounded", "41816609600051"],
    ["1,3002526500013E+13", "siret-rounded", "13002526500013"],
    ["5,57246600026E+11", "siret-rounded", undefined],
    ["1300252650001", "siret-short", undefined],
    ["557246600026", "siret-short", "00557246600026"],
    ["0557246600026", "siret-short", "00557246600026"],
    ["5572466000266", "siret-short", undefined],
    // A SIREN begins with three zeros at most.
    ["32517500008", "siret-short", "00032517500008"],
    ["3251750000", "siret-format", undefined],
  ])("say what a spreadsheet did to %s (%s), and propose %s", (typed, reason, proposed) => {
    expect(refusedOf(`a ${typed}`)).toEqual([
      { typed, line: 1, reason, ...(proposed !== undefined && { proposed }) },
    ]);
    expect(siretsOf(typed)).toEqual([]);
  });

  it("do not take a SIRET beside them along", () => {
    const text = `${mistyped} ${dinum} 130 025 265 00014 ${edf}`;
    expect(siretsOf(text)).toEqual([dinum, edf]);
    expect(refusedOf(text)).toEqual([{ typed: mistyped, line: 1, reason: "siret-checksum" }]);
  });

  it("are each told once", () => {
    expect(refusedOf("130 025 265 00014, 13002526500014")).toHaveLength(1);
  });

  it("keep a text of a hundred thousand digits readable", () => {
    expect(refusedOf("12 ".repeat(33_000)).length).toBeGreaterThan(0);
  });
});

describe("the SIRET of a cell", () => {
  it.each([
    ['="13002526500013"', dinum],
    ["'13002526500013", dinum],
    ["13002526500013,00", dinum],
    ["13002526500013.0", dinum],
    ["SIRET : 130 025 265 00013", dinum],
    ["130 025 265 00013 (siège)", dinum],
    [`${dinum} / 130 025 265 00013`, dinum],
  ])("is read from %s", (cell, siret) => {
    expect(readSiret(cell)).toEqual({ accepted: true, value: siret });
  });

  it.each([
    ["", "siret-format", undefined],
    ["aucun", "siret-format", undefined],
    [`${dinum} ${edf}`, "siret-format", undefined],
    ["130 025 265 00013 / 00021", "siret-format", undefined],
    [`${dinum} 12`, "siret-format", undefined],
    [`1. ${dinum}`, "siret-format", undefined],
    [`${dinum} (75007 Paris)`, "siret-format", undefined],
    [`${dinum}²`, "siret-format", undefined],
    [`${mistyped} ${edf}`, "siret-format", undefined],
    ["557246600026 / 00034", "siret-format", undefined],
    ["557246600026 557246600034", "siret-format", undefined],
    [mistyped, "siret-checksum", undefined],
    ["557246600026", "siret-short", { proposed: "00557246600026" }],
  ])("is not read from « %s »: %s", (cell, reason, details) => {
    expect(readSiret(cell)).toEqual({
      accepted: false,
      problems: [{ reason, ...(details && { details }) }],
    });
  });
});
