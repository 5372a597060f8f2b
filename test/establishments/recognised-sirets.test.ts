import { describe, expect, it } from "@jest/globals";
import { recogniseSirets } from "../../src/establishments/index.ts";

const dinum = "13002526500013";
const laPoste = "35600000000048";
const bakery = "41816609600051";

const sirets = (text: string) => recogniseSirets(text).recognised.map(({ siret }) => siret);

describe("recogniseSirets", () => {
  it.each([
    ["one alone", dinum, [dinum]],
    ["grouped 3-3-3-5", "130 025 265 00013", [dinum]],
    ["with no-break spaces", "130\u00a0025\u202f265\u200900013", [dinum]],
    ["with dots and hyphens", "130.025.265-00013", [dinum]],
    ["oddly grouped", "13 00 25 26 50 00 13", [dinum]],
    ["a list with commas", `${dinum},${laPoste}, ${bakery}`, [dinum, laPoste, bakery]],
    ["a list with spaces", `${dinum} ${laPoste}`, [dinum, laPoste]],
    ["grouped, two on a line", "130 025 265 00013 356 000 000 00048", [dinum, laPoste]],
    ["a column of a spreadsheet", `SIRET\r\n${dinum}\r\n${laPoste}\r\n`, [dinum, laPoste]],
    ["a row of a spreadsheet", `Fournil\t${bakery}\t75002\tParis`, [bakery]],
    ["each once, in the order of the text", `${laPoste};${dinum};${laPoste}`, [laPoste, dinum]],
    [
      "a sentence",
      `Bonjour, l'établissement n° 2 (${bakery}), 12 rue de la Paix 75002 Paris.`,
      [bakery],
    ],
    ["glued to a word", `SIRET:${dinum}.`, [dinum]],
    ["after a post code", "75002 130 025 265 00013", [dinum]],
    ["nothing", "", []],
    ["no digit", "aucun", []],
    ["full-width digits", "１３００２５２６５０００１３", []],
  ])("finds %s", (_, text, expected) => {
    expect(sirets(text)).toEqual(expected);
    expect(recogniseSirets(text).refused).toEqual([]);
  });

  it("says how each was typed", () => {
    expect(recogniseSirets("le 130 025 265 00013, et voilà").recognised).toEqual([
      { siret: dinum, typed: "130 025 265 00013" },
    ]);
  });

  it.each([
    ["a mistyped digit", "130 025 265 00014", ["130 025 265 00014", "siret-checksum"]],
    ["a digit too few", "1300252650001", ["1300252650001", "siret-format"]],
    ["a digit too many", "130025265000133", ["130025265000133", "siret-format"]],
    ["a SIREN", "130 025 265", ["130 025 265", "siret-format"]],
    ["two glued together", `${dinum}${laPoste}`, [`${dinum}${laPoste}`, "siret-format"]],
    ["zeros", "00000000000000", ["00000000000000", "siret-checksum"]],
  ])("refuses %s", (_, text, [typed, reason]) => {
    expect(recogniseSirets(text)).toEqual({ recognised: [], refused: [{ typed, reason }] });
  });

  it("tells the good from the bad in one list", () => {
    const { recognised, refused } = recogniseSirets(`130 025 265 00014 ${laPoste} 123456789`);
    expect(recognised.map(({ siret }) => siret)).toEqual([laPoste]);
    expect(refused).toEqual([
      { typed: "130 025 265 00014", reason: "siret-checksum" },
      { typed: "123456789", reason: "siret-format" },
    ]);
  });

  it("reads ten thousand lines at once", () => {
    const { recognised, refused } = recogniseSirets(`${dinum}\n130 025 265 00014\n`.repeat(5000));
    expect(recognised).toHaveLength(1);
    expect(refused).toHaveLength(5000);
  });
});
