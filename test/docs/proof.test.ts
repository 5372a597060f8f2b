import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The rows of the tables of docs/proof.md: what happens, in which file, under which name. */
const rows = readFileSync(join(root, "docs/proof.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("|") && !/^\| (-|what )/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, what = "", file = "", name = ""]) => ({ what, file: file.replaceAll("`", ""), name }));

describe("docs/proof.md", () => {
  it("names at least a test for each of the eleven lines of attacks", () => {
    expect(rows.length).toBeGreaterThan(60);
    expect(new Set(rows.map(({ file }) => file)).size).toBeGreaterThan(20);
  });

  it.each(rows)("names a test that exists: $what", ({ file, name }) => {
    const path = join(root, file);
    expect([file, existsSync(path)]).toEqual([file, true]);
    const source = readFileSync(path, "utf8");
    const calls =
      source.match(
        /\b(?:it|describe)(?:\.each[^"`]*?)?\(\s*["'`][^\n]*|^\s+["'`][^\n]*["'`],$|\]\)\(\s*["'`][^\n]*|\)\(\s*["'`][^\n]*/gm,
      ) ?? [];
    expect([name, calls.some((call) => call.includes(name))]).toEqual([name, true]);
  });
});
