import { describe, expect, it } from "@jest/globals";
import { stillCounts } from "../../src/accounts/credentials.ts";

const changed = 1_800_000_000;
const account = { credentials: "0.1", credentialsChangedAt: changed };
const clockAt = (now: number) => ({ epochSeconds: () => now, epochMilliseconds: () => now * 1000 });

describe("what was proven", () => {
  it.each([
    ["0.1", changed - 1, true],
    ["0.0", changed + 1, false],
    ["", changed + 1, false],
  ])(
    "counts by the credentials %j that it carries, whenever it was: %i",
    (credentials, at, counts) => {
      expect(stillCounts({ credentials, at }, account, clockAt(changed + 2))).toBe(counts);
    },
  );

  it.each([
    ["before the change", changed - 1, changed + 1, false],
    ["before it, in the very second of the change", changed - 1, changed, false],
    ["in the second of the change", changed, changed, true],
    ["before a change that a clock ahead wrote, now put back", changed - 1, changed - 1, true],
  ])(
    "carrying none, as release 0.2.0 wrote it, counts by the second: %s",
    (_when, at, now, counts) => {
      expect(stillCounts({ at }, account, clockAt(now))).toBe(counts);
    },
  );
});
