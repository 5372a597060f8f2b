import { readFileSync } from "node:fs";
import { join } from "node:path";
import { thisCheckout } from "./builds.ts";

/** What stands in a file, and what is put in its place. */
export type Change = readonly [from: string | RegExp, to: string];

/**
 * A file of `deploy/` with its addresses and certificates changed to those of this machine; all the rest is read as operators have it.
 * @throws Error when the file does not hold what is to be changed: a script would prove nothing of it
 */
export function deployed(path: string, changes: readonly Change[]): string {
  const text = readFileSync(join(thisCheckout.folder, "deploy", path), "utf8");
  return changes.reduce((result, [from, to]) => {
    const next = result.replaceAll(from, to);
    if (next === result) throw new Error(`nothing says ${String(from)}`);
    return next;
  }, text);
}
