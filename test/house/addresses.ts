import { existsSync, globSync, readFileSync } from "node:fs";

/** By test file, below `test/` and without its ending: the source files below `src/` that it runs, and that have no test of their name. */
export type Addresses = Readonly<Record<string, readonly string[]>>;

/** Written by `node test/long/addresses.ts write`, or by hand: a line for a new file, until then. */
export const addressesFile = "test/house/addresses.json";

/** What the file says. */
export function readAddresses(): Addresses {
  return JSON.parse(readFileSync(addressesFile, "utf8")) as Addresses;
}

/** Source files, without their ending, in which something is done, and that have no test at their own address. */
export function withoutOwnTest(): string[] {
  return globSync("src/**/*.ts")
    .filter((path) => !path.endsWith("/index.ts") && doesSomething(readFileSync(path, "utf8")))
    .map((path) => path.slice("src/".length, -".ts".length))
    .filter((name) => !existsSync(testOf(name)))
    .sort();
}

/** Where the test of a source file stands. */
export const testOf = (name: string) => `test/${name}.test.ts`;

/** Types, names of others and constants have nothing to be tested. */
function doesSomething(text: string): boolean {
  const code = text
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
    .replace(/^(export )?interface [\s\S]*?^\}/gm, "")
    .replace(/^(export )?type [\s\S]*?;\n(?=\n|$)/gm, "")
    .replace(/^declare module [\s\S]*?^\}/gm, "");
  return /\bfunction\b|=>|\bclass\b/.test(code);
}
