import { describe, expect, it } from "@jest/globals";
import { recogniseSirets } from "../../src/establishments/index.ts";

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

  it("say how they stood there", () => {
    expect(recogniseSirets("le 130.025.265 00013").recognised).toEqual([
      { siret: dinum, typed: "130 025 265 00013" },
    ]);
  });

  it("are none in a text of other numbers", () => {
    expect(recogniseSirets("75007 Paris, le 12/03/2026, 1 234,56 €")).toEqual({
      recognised: [],
      refused: [],
    });
  });
});

describe("the numbers of a text that are no SIRET", () => {
  it("are told apart: a mistyped digit, and too few or too many digits", () => {
    expect(refusedOf(`${mistyped}\n1300252650001\n130025265000130`)).toEqual([
      { typed: mistyped, reason: "siret-checksum" },
      { typed: "1300252650001", reason: "siret-format" },
      { typed: "130025265000130", reason: "siret-format" },
    ]);
  });

  it("do not take a SIRET beside them along", () => {
    const text = `${mistyped} ${dinum} 130 025 265 00014 ${edf}`;
    expect(siretsOf(text)).toEqual([dinum, edf]);
    expect(refusedOf(text)).toEqual([{ typed: mistyped, reason: "siret-checksum" }]);
  });

  it("are each told once", () => {
    expect(refusedOf("130 025 265 00014, 13002526500014")).toHaveLength(1);
  });

  it("keep a text of a hundred thousand digits readable in an instant", () => {
    const startedAt = performance.now();
    expect(refusedOf("12 ".repeat(33_000)).length).toBeGreaterThan(0);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
