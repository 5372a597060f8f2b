import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { doMorning } from "../support/morning/morning.ts";
import { todaysWay } from "../support/morning/ways.ts";
import { holdSecondFactor, markSecondFactor } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** The last column of the table: what this build takes. */
const documented = /^\| all four +\|.*\| +(\d+) +\|$/m;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

// What a keyboard does is the same on every database.
describe("a correspondent's morning", () => {
  let provider: TestProvider;
  beforeAll(async () => {
    provider = await startTestProvider(databases[0] as DatabaseKind);
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("is done by keyboard alone, in no more keys than docs/performance.md says", async () => {
    const keystrokes = await doMorning(browser, {
      provider,
      way: todaysWay,
      markSecondFactor: async (sub, cookies) => {
        await holdSecondFactor(provider, { sub });
        await markSecondFactor(provider, cookies);
      },
    });
    const all = Object.values(keystrokes).reduce((sum, each) => sum + each, 0);
    const [, today] = documented.exec(readFileSync("docs/performance.md", "utf8")) ?? [];
    expect(all).toBeLessThanOrEqual(Number(today));
  });
});
