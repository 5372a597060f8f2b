import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { launchChromium, newPerson, overflowsSideways } from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

let browser: Browser;
let provider: TestProvider;

// What a browser draws is the same on every database.
beforeAll(async () => {
  browser = await launchChromium();
  provider = await startTestProvider(databases[0] as DatabaseKind);
});
afterAll(async () => {
  await browser.close();
  await provider.stop();
});

async function boxes(page: Page) {
  const [left, right] = await Promise.all(
    [".panel", ".split-main"].map((each) => page.locator(each).boundingBox()),
  );
  if (!left || !right) throw new Error("the page has not two columns");
  return { left, right };
}

describe.each([{ script: true }, { script: false }])(
  "the guide's two columns, JavaScript: $script",
  ({ script }) => {
    it("stand side by side on a screen; on a phone the form comes first", async () => {
      const person = await newPerson(browser, { script });
      const page = await person.newPage();
      await page.goto(`${provider.issuer}/signup`);
      const wide = await boxes(page);
      expect(wide.left.x + wide.left.width).toBeLessThanOrEqual(wide.right.x);
      expect([wide.left.y, wide.left.height]).toEqual([wide.right.y, wide.right.height]);
      for (const width of [768, 360, 320]) {
        await page.setViewportSize({ width, height: 800 });
        const narrow = await boxes(page);
        expect(narrow.right.y + narrow.right.height).toBeLessThanOrEqual(narrow.left.y);
        expect([narrow.left.x, narrow.left.width]).toEqual([narrow.right.x, narrow.right.width]);
        expect(await overflowsSideways(page)).toBe(false);
      }
      await person.close();
    });
  },
);
