import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { axeViolations, launchChromium, newPerson, takeScreenshot } from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { manySirets } from "../support/many-sirets.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const many = manySirets(2000);
const chosen = many[1700] ?? "";

/** Somebody with two thousand establishments, at the page of the choice. */
describe("the choice of establishment in Chromium", () => {
  const email = "jeanne.durand@partenaire.test";
  let browser: Browser;
  let provider: TestProvider;

  beforeAll(async () => {
    browser = await launchChromium();
    provider = await startTestProvider(databases[0] as DatabaseKind, { clients: { portal: {} } });
    const { id } = await provider.addAccount(email);
    const names = new Map([[chosen as never, "L’Atelier d'Œuvre"]]);
    const command = { account: { id }, sirets: many as never[], names, by: "operator" };
    await provider.application.accesses.open(command);
  });
  afterAll(async () => {
    await browser.close();
    await provider.stop();
  });

  it.each([
    { script: true, kind: "as one types" },
    { script: false, kind: "by its button, without JavaScript" },
  ])("is narrowed $kind, and its button stays in reach", async ({ script, kind }) => {
    const window = await newPerson(browser, { script, width: 360, height: 640 });
    const page = await window.newPage();
    const query = new URLSearchParams({
      ...{ client_id: "portal", response_type: "code", scope: "openid siret" },
      redirect_uri: provider.party("portal").redirectUri,
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
    });
    await page.goto(`${provider.issuer}/auth?${query.toString()}`);
    await page.fill("#email", email);
    await page.fill("#password", goodPassword);
    await page.click("#primary");
    await page.waitForSelector(".choice");
    expect(await page.locator(".choice").count()).toBe(20);
    const inReach = await page.locator("#primary").boundingBox();
    expect((inReach?.y ?? 0) + (inReach?.height ?? 0)).toBeLessThanOrEqual(640);
    const { url } = { url: page.url() };
    if (script) await page.evaluate('window.told = document.querySelector("[role=status]")');
    await page.locator("#q").pressSequentially("atelier oeuvre");
    if (!script) await page.click(".narrowing button");
    await page.locator(".choice").nth(1).waitFor({ state: "detached" });
    expect(await page.locator("#q").inputValue()).toBe("atelier oeuvre");
    expect(page.url() === url).toBe(script);
    if (script) {
      expect(await page.evaluate("document.activeElement.id")).toBe("q");
      expect(await page.locator("[role=status]").innerText()).toBe(
        "1 sur 2\u00a0000 établissements",
      );
      // A reader tells of what changes in an element that was there (WCAG 4.1.3).
      const told = page.evaluate('window.told === document.querySelector("[role=status]")');
      expect(await told).toBe(true);
      expect(await axeViolations(page)).toEqual([]);
    }
    await takeScreenshot(page, `choice-narrowed-${kind.replaceAll(/\W+/g, "-")}`);
    await page.locator(`#siret-${chosen}`).check();
    await page.click("#primary");
    await page.waitForURL(/\/callback/);
    await window.close();
  });
});
