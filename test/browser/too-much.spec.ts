import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import {
  axeViolations,
  launchChromium,
  newPerson,
  overflowsSideways,
  takeScreenshot,
} from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

let browser: Browser;
let provider: TestProvider;
let page: Page;

// What a page does before it sends is the same on every database.
beforeAll(async () => {
  browser = await launchChromium();
  provider = await startTestProvider(databases[0] as DatabaseKind);
  await provider.addAccount("longue@partenaire.test");
  page = await (await newPerson(browser)).newPage();
  await page.goto(`${provider.issuer}/sign-in?return_to=/account/requests`);
  await page.fill("#email", "longue@partenaire.test");
  await page.fill("#password", goodPassword);
  await page.click("#primary");
});
afterAll(async () => {
  await browser.close();
  await provider.stop();
});

it("says that a text is too long before it is sent, keeps it, and sends what is shorter", async () => {
  const pasted = "13002526500013 Établissement ".repeat(4000);
  await page.fill("#sirets", "13002526500013");
  await page.fill("#message", pasted);
  await page.click("#primary");
  expect(page.url()).toBe(`${provider.issuer}/account/requests`);
  expect(await page.locator("#message-too-much").innerText()).toContain(
    "Ce texte est trop long pour être envoyé",
  );
  expect(await page.evaluate("document.activeElement.id")).toBe("message");
  expect(await page.inputValue("#message")).toHaveLength(pasted.length);
  expect(await axeViolations(page)).toEqual([]);
  await takeScreenshot(page, "too-much");
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await overflowsSideways(page)).toBe(false);
  await takeScreenshot(page, "too-much-360");
  await page.fill("#message", "Bonjour");
  expect(await page.locator("#message-too-much").count()).toBe(0);
  await page.click("#primary");
  await page.waitForURL(/done=/);
});
