import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readCsv } from "../../src/establishments/csv.ts";

const fieldsOf = (text: string) => readCsv(text).records?.map(({ fields }) => fields);

describe("readCsv", () => {
  it.each([
    ["commas", "a,b\n1,2\n"],
    ["semicolons", "a;b\n1;2\n"],
    ["tabs", "a\tb\n1\t2\n"],
    ["CR LF", "a,b\r\n1,2\r\n"],
    ["CR alone", "a,b\r1,2"],
    ["a byte order mark", "\ufeffa,b\n1,2"],
    ["quotes", '"a","b"\n"1","2"'],
    ["empty lines", "\n\na,b\n\n1,2\n\n"],
    ["lines of separators alone", "a,b\n,\n1,2\n,"],
  ])("reads %s", (_what, text) => {
    expect(fieldsOf(text)).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
  });

  it("keeps separators, line ends and doubled quotes within quotes", () => {
    expect(fieldsOf('a,b\n"x, y; ""z""\r\nw",""\n')).toEqual([
      ["a", "b"],
      ['x, y; "z"\r\nw', ""],
    ]);
  });

  it("keeps quotes in the middle of a field, and commas among semicolons", () => {
    expect(fieldsOf('a;b\nrue "de", Paris;x')).toEqual([
      ["a", "b"],
      ['rue "de", Paris', "x"],
    ]);
  });

  it("tells on which line each record begins", () => {
    const lines = readCsv('a,b\n\n"x\ny",2\r\n3,4').records?.map(({ line }) => line);
    expect(lines).toEqual([1, 3, 5]);
  });

  it("names the line of a quote that is never closed, and of text behind a closing quote", () => {
    expect(readCsv('a,b\n1,2\n"3,4\n5,6')).toMatchObject({
      fault: { line: 3, reason: "quote-open" },
    });
    expect(readCsv('a,b\n"1"2,3')).toMatchObject({
      fault: { line: 2, found: "2", reason: "quote-followed" },
    });
  });

  it("reads back whatever is written with quotes", () => {
    const cell = fc.string({ unit: "binary", minLength: 1 }).filter((text) => text.trim() !== "");
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1 });
    const write = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(rows, (records) => {
        const text = records.map((row) => row.map(write).join(",")).join("\r\n");
        expect(fieldsOf(`x,y\n${text}`)?.slice(1)).toEqual(records);
      }),
    );
  });

  it.each(["a,", '""', '"a""', "\n", "a\r"])("reads 300 000 times %j within a second", (unit) => {
    const before = performance.now();
    readCsv(unit.repeat(300_000));
    expect(performance.now() - before).toBeLessThan(1000);
  });
});
