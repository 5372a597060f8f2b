import { describe, expect, it } from "@jest/globals";
import { globSync, readFileSync } from "node:fs";

/** Every setting, as its reader is asked for it. */
const settings = globSync("src/operations/*.ts")
  .map((file) => readFileSync(file, "utf8"))
  .flatMap((text) => [...text.matchAll(/\bread\.\w+\(\s*"([A-Z][A-Z_]+)"/g)])
  .map(([, name = ""]) => name);

const namesIn = (text: string) => new Set(text.match(/\b[A-Z][A-Z_]{3,}\b/g));

describe("a setting that the server reads", () => {
  it("stands in the README", () => {
    expect(settings.length).toBeGreaterThan(40);
    const readme = readFileSync("README.md", "utf8");
    const [, table = ""] = /## Settings\n([\s\S]*?)\n## /.exec(readme) ?? [];
    const documented = namesIn(table);
    expect(settings.filter((name) => !documented.has(name))).toEqual([]);
  });

  it("may be given as a file, and an unreadable one is told of", () => {
    const known = namesIn(readFileSync("src/operations/setting-files.ts", "utf8"));
    // A variable of the declared clients, which development alone has by itself.
    const missing = settings.filter((name) => !known.has(name) && name !== "PORTAL_CLIENT_SECRET");
    expect(missing).toEqual([]);
  });
});
