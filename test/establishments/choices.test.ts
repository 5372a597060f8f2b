import { describe, expect, it } from "@jest/globals";
import { filtered } from "../../src/establishments/index.ts";

const all = [
  { siret: "13002526500013", name: "DINUM", address: "20 AV DE SÉGUR 75007 PARIS" },
  { siret: "55208131766522", name: "Boulangerie 130", address: undefined },
];

describe("what is looked for among establishments", () => {
  it.each([
    ["130 025 265", [0]],
    ["130_025_265_00013", [0]],
    ["130/025/265/00013", [0]],
    ["130,025.265-00013", [0]],
    ["１３００２５２６５", [0]],
    ["130\u200b025\u2007265", [0]],
    ["ségur 75007", [0]],
    ["boulangerie 130", [1]],
    ["130", [0, 1]],
    ["13000", []],
  ])("is found by « %s »", (typed, places) => {
    expect(filtered(all, typed)).toEqual(places.map((place) => all[place]));
  });
});
