import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium, newPerson } from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

let browser: Browser;
let provider: TestProvider;
let person: BrowserContext;
let page: Page;

// What a page keeps while its language changes is the same on every database.
beforeAll(async () => {
  browser = await launchChromium();
  provider = await startTestProvider(databases[0] as DatabaseKind);
});
afterAll(async () => {
  await browser.close();
  await provider.stop();
});
beforeEach(async () => {
  person = await newPerson(browser);
  page = await person.newPage();
});
afterEach(() => person.close());

const changeLanguage = (to: "English" | "Français") =>
  page.getByRole("button", { name: to, exact: true }).click();

/** Presses the switch, whose answer leaves the browser where it is. */
async function stayHere(): Promise<void> {
  await page.route("**/language", (route) => route.fulfill({ status: 204 }));
  const answered = page.waitForResponse("**/language");
  await changeLanguage("English");
  await answered;
}

it("keeps what was typed and ticked, and no password, when the language is changed", async () => {
  await page.goto(`${provider.issuer}/account`);
  await page.fill("#email", "langue@partenaire.test");
  await page.fill("#password", goodPassword);
  await page.check("#shared_computer");
  await changeLanguage("English");
  await page.waitForSelector("html[lang=en]", { state: "attached" });
  await page.waitForLoadState();
  expect(await page.inputValue("#email")).toBe("langue@partenaire.test");
  expect(await page.isChecked("#shared_computer")).toBe(true);
  expect(await page.inputValue("#password")).toBe("");
  expect(await page.evaluate("sessionStorage.length")).toBe(0);
});

it("keeps no password that is shown while it is typed", async () => {
  await page.goto(`${provider.issuer}/signup`);
  await page.fill("#family_name", "Moulin");
  await page.fill("#password", goodPassword);
  await page.locator("#password + .toggle").click();
  await stayHere();
  const waiting = await page.evaluate<string>("JSON.stringify(sessionStorage)");
  expect(waiting).toContain("Moulin");
  expect(waiting).not.toContain(goodPassword);
});

it("keeps no code that admits staff to their first second factor", async () => {
  const email = "langue@opco.test";
  await provider.addAccount(email);
  await provider.application.administration.setRole(email, "agent", "operator");
  await page.goto(`${provider.issuer}/sign-in?return_to=/admin`);
  await page.fill("#email", email);
  await page.fill("#password", goodPassword);
  await page.click("#primary");
  await page.fill("#enrolment_code", "AAAA-BBBB");
  await stayHere();
  expect(await page.evaluate("JSON.stringify(sessionStorage)")).not.toContain("AAAA-BBBB");
});

it("fills in nothing in a page that is another", async () => {
  await page.goto(`${provider.issuer}/signup`);
  await page.fill("#email", "ailleurs@partenaire.test");
  await stayHere();
  await page.goto(`${provider.issuer}/account`);
  expect(await page.inputValue("#email")).toBe("");
});
