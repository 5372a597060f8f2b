import { describe, expect, it } from "@jest/globals";
import { readFileSync, readdirSync } from "node:fs";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/decisions.md", root), "utf8");
const [, index = ""] = /## Index by room\n([\s\S]*?)\n## /.exec(text) ?? [];
const rows = [...index.matchAll(/^\| ([^|]+?) *\| ([\d, ]+?) *\|$/gm)].map(
  ([, room = "", list = ""]) => ({
    room: room.replaceAll("`", ""),
    numbers: list.split(", ").map(Number),
  }),
);

describe("the index of decisions", () => {
  const decided = [...text.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));

  it("leads to every decision, each of which has a number of its own", () => {
    expect(new Set(decided).size).toBe(decided.length);
    const led = new Set(rows.flatMap(({ numbers }) => numbers));
    expect([...led].sort((a, b) => a - b)).toEqual([...decided].sort((a, b) => a - b));
  });

  it("has a row for every room", () => {
    const rooms = readdirSync(new URL("src/", root), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== "stand-ins")
      .map(({ name }) => name);
    expect(rows.map(({ room }) => room)).toEqual(expect.arrayContaining(rooms));
  });

  it("names each decision of a room once, in order", () => {
    for (const { numbers } of rows)
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });
});
