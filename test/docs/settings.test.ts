import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { readSettings } from "../../src/operations/index.ts";

const secrets = { COOKIE_KEYS: "k".repeat(43), ENCRYPTION_KEYS: "e".repeat(43) };

/** Every setting that the server reads. */
const settings = readSettings(secrets, () => ({})).sources.map(({ name }) => name);

describe("a setting that the server reads", () => {
  it("stands in the README", () => {
    const readme = readFileSync("README.md", "utf8");
    const [, table = ""] = /## Settings\n([\s\S]*?)\n## /.exec(readme) ?? [];
    const documented = new Set(table.match(/\b[A-Z][A-Z_]{3,}\b/g));
    expect(settings.filter((name) => !documented.has(name))).toEqual([]);
  });

  it("is each that the contract names", () => {
    const contract = readFileSync("docs/contract.md", "utf8");
    const [, chapter = ""] = contract.split(/^## [23][.] .*$/m);
    const names = Array.from(chapter.matchAll(/^\| (`[^|]*) \|/gm), ([, cell = ""]) => cell)
      .filter((cell) => /^`[A-Z_]+`(, `[A-Z_]+`)*$/.test(cell.trim()))
      .flatMap((cell) => cell.match(/[A-Z_]+/g) ?? []);
    expect(names.length).toBeGreaterThan(35);
    expect(names.filter((name) => !settings.includes(name))).toEqual([]);
  });
});
