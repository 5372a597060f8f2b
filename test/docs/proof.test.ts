import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";

const root = fileURLToPath(new URL("../..", import.meta.url));

const [proof = "", mutants = ""] = readFileSync(join(root, "docs/proof.md"), "utf8").split(
  "\n## Mutants\n",
);

/** The rows of the tables of docs/proof.md that name tests: what happens, in which file, under which name. */
const rows = [...proof.matchAll(/^\| what happens.*(?:\n\|.*)*/gm)]
  .flatMap(([table]) => table.split("\n").slice(2))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, what = "", file = "", name = ""]) => ({ what, file: file.replaceAll("`", ""), name }));

/** Those of its last section: where a change was tried, and what notices it. */
const tried = mutants
  .split("\n")
  .filter((line) => line.startsWith("| `src/"))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .map(([, place = "", change = "", answer = ""]) => ({ place, change, answer }));

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

  it.each(tried)("says what became of a mutant: $place, $change", ({ place, answer }) => {
    const named = (text: string) => text.match(/(?<=`)(?:src|test)\/[\w/.-]+\.ts(?=`)/g) ?? [];
    expect(answer).toMatch(/^(?:`test\/|nothing: )/);
    for (const path of [...named(place), ...named(answer)])
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    const [source = ""] = named(place).map((path) => readFileSync(join(root, path), "utf8"));
    const words = [...place.matchAll(/`([a-z]\w+)`/gi)].map(([, word = ""]) => word);
    for (const word of words) expect([word, source.includes(word)]).toEqual([word, true]);
  });

  it("judges mutants", () => {
    expect(tried.length).toBeGreaterThan(30);
  });
});
