import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { expect, it } from "@jest/globals";
import { listText } from "../../src/spreadsheets/index.ts";
import { readTable } from "../../src/spreadsheets/read-table.ts";
import { withToldCells } from "../../src/spreadsheets/told-cells.ts";
import { workbook } from "../support/workbook.ts";

it.each([
  ["an error", '<c r="A1" t="e"><v>#N/A</v></c>', '<c r="A1" t="str"><v>#N/A</v></c>'],
  [
    "the error of a formula",
    '<x:c r="A1" s="2" t="e"><x:f>1/0</x:f><x:v>#DIV/0!</x:v></x:c>',
    '<x:c r="A1" s="2" t="str"><x:f>1/0</x:f><x:v>#DIV/0!</x:v></x:c>',
  ],
  [
    "a formula without a value",
    '<c r="A1" t="n"><f>B1&amp;C1</f><v/></c>',
    '<c r="A1" t="str"><v>=B1&amp;C1</v></c>',
  ],
  [
    "one that shares another's",
    '<x:c r="A1"><x:f t="shared" si="0"/></x:c>',
    '<x:c r="A1" t="str"><x:v>=</x:v></x:c>',
  ],
])("writes %s as a text", (_what, cell, told) => {
  expect(withToldCells(`<row>${cell}</row>`)).toBe(`<row>${told}</row>`);
});

it.each([
  '<c r="A1"><f>1+1</f><v>2</v></c>',
  '<c r="A1" t="str"><f>""</f><v></v></c>',
  '<c r="A1" t="s"><v>3</v></c><c r="B1" s="4"/><c r="C1"><v>5</v></c>',
  '<cols><col min="1" t="e"/></cols>',
])("leaves as it is: %s", (cells) => {
  expect(withToldCells(cells)).toBe(cells);
});

it("so no row of a list is passed over", async () => {
  const name = "xl/worksheets/s1.xml";
  const files = unzipSync(
    workbook({ Liste: { 1: ["siret"], 2: [1], 3: [2], 4: [13002526500013] } }),
  );
  const sheet = strFromU8(files[name] as Uint8Array)
    .replace('<c r="A2"><v>1</v>', '<c r="A2" t="e"><f>VLOOKUP(1,B:B,1)</f><v>#N/A</v>')
    .replace('<c r="A3"><v>2</v>', '<c r="A3"><f>B3</f>');
  const { text } = (await listText(zipSync({ ...files, [name]: strToU8(sheet) }))) as {
    text: string;
  };
  expect(readTable(text).rows).toEqual([
    { line: 1, cells: ["siret"] },
    { line: 2, cells: ["#N/A"] },
    { line: 3, cells: ["=B3"] },
    { line: 4, cells: ["13002526500013"] },
  ]);
});
