import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium, newPerson } from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

/** Chromium asks to send a form again when it goes back to an answer that it could not keep. */
describe.each([true, false])("going back to a refused form, with JavaScript: %s", (script) => {
  let browser: Browser;
  let provider: TestProvider;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
    provider = await startTestProvider(databases[0] as DatabaseKind);
    context = await newPerson(browser, { script });
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser.close();
    await provider.stop();
  });

  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();

  it("shows what was typed, and asks nothing: the sign-up", async () => {
    await page.goto(`${provider.issuer}/signup`);
    for (const name of ["email", "email_confirmation"])
      await page.fill(`#${name}`, "retour@partenaire.test");
    for (const name of ["password", "password_confirmation"])
      await page.fill(`#${name}`, goodPassword);
    await page.fill("#given_name", "Camille");
    await press("Créer le compte");
    expect(await page.title()).toContain("Erreur - ");
    await page.fill("#family_name", "Moulin");
    for (const name of ["password", "password_confirmation"])
      await page.fill(`#${name}`, goodPassword);
    await press("Créer le compte");
    await page.waitForURL("**/signup/sent?*");
    await page.goBack();
    expect(await page.title()).toContain("Erreur - ");
    expect(await page.inputValue("#email")).toBe("retour@partenaire.test");
    expect(await page.inputValue("#password")).toBe("");
  });

  it("shows nothing of the account once its person has signed out", async () => {
    const email = "sorti@partenaire.test";
    await provider.addAccount(email);
    await page.goto(`${provider.issuer}/account`);
    await page.fill("#email", email);
    await page.fill("#password", goodPassword);
    await press("Se connecter");
    await page.waitForURL("**/account");
    await page.fill("#given_name", "Cam1lle");
    await press("Enregistrer");
    await page.waitForURL("**/account/profile");
    await page.goto(`${provider.issuer}/privacy`);
    await page.goBack();
    expect(await page.inputValue("#given_name")).toBe("Cam1lle");
    await page.goto(`${provider.issuer}/account`);
    await press("Se déconnecter");
    await page.waitForURL("**/sign-out/done");
    const devtools = await context.newCDPSession(page);
    const { entries } = await devtools.send("Page.getNavigationHistory");
    const refused = entries.find(({ url }) => url.endsWith("/account/profile"));
    const settled = page.waitForEvent("domcontentloaded");
    await devtools.send("Page.navigateToHistoryEntry", { entryId: refused?.id ?? 0 });
    await settled;
    expect(await page.content()).not.toContain("Cam1lle");
  });
});
