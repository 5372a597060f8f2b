import sqlite3 from "sqlite3";
import packageJson from "../../package.json" with { type: "json" };

/** Which build this is: the `version` of package.json, `MAJOR.MINOR.PATCH`. */
export const thisBuild: string = packageJson.version;

/** The SQLite that the register is kept with. The artifacts have another, Node's own. */
export const sqliteVersion: string = sqlite3.VERSION;

/**
 * Whether a build is as new as another. Versions of ours have three numbers and nothing behind them.
 * @throws Error when one of them is not of that form
 */
export function isBuildSince(build: string, oldest: string): boolean {
  const [left, right] = [numbersOf(build), numbersOf(oldest)];
  const place = left.findIndex((number, index) => number !== right[index]);
  return place < 0 || (left[place] ?? 0) > (right[place] ?? 0);
}

function numbersOf(version: string): readonly number[] {
  const found = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  if (!found) throw new Error(`"${version}" is no version of three numbers`);
  return found.slice(1).map(Number);
}
