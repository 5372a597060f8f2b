import { existsSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { readAddresses, testOf, withoutOwnTest } from "./addresses.ts";

/**
 * A test stands at its subject's address: `src/room/file.ts` in `test/room/file.test.ts`. What another test runs, a journey
 * mostly, says which; `npm run ci:long -- addresses` looks whether it does.
 */
describe("a source file", () => {
  const addresses = readAddresses();
  const covered = Object.values(addresses).flat();

  it("has a test of its name, or says which other one runs it", () => {
    const silent = withoutOwnTest().filter((name) => !covered.includes(name));
    // Write test/ROOM/FILE.test.ts for what stands here, or its line in test/house/addresses.json.
    expect(silent).toEqual([]);
  });

  it("stands there once, and not beside a test of its own", () => {
    const known = new Set(withoutOwnTest());
    expect(covered.filter((name, place) => covered.indexOf(name) !== place)).toEqual([]);
    expect(covered.filter((name) => !known.has(name))).toEqual([]);
    expect(Object.keys(addresses).filter((test) => !existsSync(testOf(test)))).toEqual([]);
  });
});
