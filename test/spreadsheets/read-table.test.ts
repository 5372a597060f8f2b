import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { SpreadsheetText, excelRow, readTable, typedCell } from "../../src/spreadsheets/index.ts";

const cellsOf = (text: string) => readTable(text).rows?.map(({ cells }) => cells);
const linesOf = (text: string) => readTable(text).rows?.map(({ line }) => line);

describe("readTable", () => {
  it.each([
    ["commas", "a,b\n1,2\n"],
    ["semicolons", "a;b\n1;2\n"],
    ["tabs", "a\tb\n1\t2\n"],
    ["CR LF", "a,b\r\n1,2\r\n"],
    ["a byte order mark", "\ufeffa,b\n1,2"],
    ["quotes", '"a","b"\n"1","2"'],
    ["empty lines", "\n\na,b\n\n1,2\n\n"],
    ["lines of separators alone", "a,b\n,\n1,2\n,"],
    ["JSON lines", '{"a":"1","b":2}\n'],
    ["a line that says the separator", "sep=|\na|b\n1|2"],
    ["the same after lines of separators alone", "||\n\t\n |\nsep=|\n||\na|b\n1|2"],
  ])("reads %s", (_what, text) => {
    expect(cellsOf(text)).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
  });

  it("keeps separators, line ends and doubled quotes within quotes", () => {
    expect(cellsOf('a,b\n"x, y; ""z""\r\nw",v\n')).toEqual([
      ["a", "b"],
      ['x, y; "z"\r\nw', "v"],
    ]);
  });

  it("keeps quotes in the middle of a field, and commas among semicolons", () => {
    expect(cellsOf('"a, b";b\nrue "de", Paris;="13"')).toEqual([
      ["a, b", "b"],
      ['rue "de", Paris', '="13"'],
    ]);
  });

  it("tells on which line each row begins", () => {
    expect(linesOf('\na,b\n\n"x\ny",2\r\n3,4')).toEqual([2, 4, 6]);
    expect(linesOf("sep=;\r\n\r\na;b\r\n1;2")).toEqual([3, 4]);
    expect(linesOf('\n{"a":1}\n\n{"a":2}')).toEqual([2, 2, 4]);
  });

  it("tells the same lines whatever ends them, also within quotes, as a form sends them", () => {
    const text = 'a,b\n"x\n\ny","2\nz"\n\n"",\n"\n",\n3,4\n"u\nv",5\n6,7\n';
    const lines = [1, 2, 10, 11, 13];
    for (const end of ["\n", "\r\n", "\r"])
      expect(linesOf(text.replaceAll("\n", end))).toEqual(lines);
    const open = `${text}"8`.replaceAll("\n", "\r\n");
    expect(readTable(open)).toEqual({ fault: { line: 14, reason: "quote-open" } });
  });

  it("reads JSON lines whose names are those that every object has", () => {
    expect(cellsOf('{"toString":"x","__proto__":"y","b":"z"}\n{"b":"v"}')).toEqual([
      ["toString", "__proto__", "b"],
      ["x", "y", "z"],
      ["", "", "v"],
    ]);
  });

  it("names the line of the row whose quote is never closed", () => {
    expect(readTable('a,b\n1,2\n"3,4\n5,6')).toEqual({ fault: { line: 3, reason: "quote-open" } });
  });
});

describe("excelRow", () => {
  it("writes semicolons, digits as text, and no formula", () => {
    const siret = new SpreadsheetText("00557246600026");
    const row = ["Dupont; Fils", "=1+1", "+33 1", "-5", "@x", "'=1", siret, undefined, 5, "d'Évry"];
    expect(excelRow(row)).toBe(
      `"Dupont; Fils";"'=1+1";"'+33 1";"'-5";"'@x";"''=1";"=""00557246600026""";;5;"d'Évry"\r\n`,
    );
  });

  it("is read back to the same texts by typedCell", () => {
    const text = fc
      .string({ unit: fc.constantFrom(...Array.from("=+-@'\"; \t\nàé0A,")), minLength: 1 })
      .map((each) => each.trim())
      .filter((each) => each !== "");
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (cells) => {
        const read = cellsOf(excelRow(["x", ...cells.map(() => "x")]) + excelRow(["x", ...cells]));
        expect(read?.[1]?.slice(1).map(typedCell)).toEqual(cells);
      }),
    );
  });
});

describe("typedCell", () => {
  it.each([
    ['="13002526500013"', "13002526500013"],
    ["'13002526500013", "13002526500013"],
    ["'=1+1", "=1+1"],
    ["'s Hertogenbosch", "'s Hertogenbosch"],
    [" d'Évry ", "d'Évry"],
  ])("reads %s as %s", (cell, text) => {
    expect(typedCell(cell)).toBe(text);
  });
});
