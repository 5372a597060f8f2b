import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import {
  askRecovery,
  newAddress,
  recoveryLink,
  signUp,
  validationLink,
} from "../support/account-journey.ts";
import { launchChromium, newPerson } from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const renewed = "agrafe-cheval-correct-pile";

/** Some scanners open a link in a real browser, and a script of theirs sends every form once the page is there. */
const submitsFormsOnLoad = `addEventListener("load", () => {
  for (const form of document.querySelectorAll("main form")) {
    for (const input of form.querySelectorAll("input")) input.required = false;
    form.noValidate = true;
    form.querySelector("button")?.click();
    form.requestSubmit();
  }
})`;

let browser: Browser;
let provider: TestProvider;

// What a browser does is the same on every database.
beforeAll(async () => {
  browser = await launchChromium();
  provider = await startTestProvider(databases[0] as DatabaseKind);
});
afterAll(async () => {
  await browser.close();
  await provider.stop();
});

/** Opens a link as such a scanner does. @returns the status of each form it sent */
async function scan(link: string): Promise<number[]> {
  const scanner = await newPerson(browser);
  const page = await scanner.newPage();
  const statuses: number[] = [];
  page.on("response", (response) => {
    if (response.request().method() === "POST") statuses.push(response.status());
  });
  await page.addInitScript(submitsFormsOnLoad);
  await page.goto(link);
  await page.waitForEvent("load");
  await page.waitForTimeout(300);
  await scanner.close();
  return statuses;
}

async function personAt(link: string): Promise<Page> {
  const page = await (await newPerson(browser)).newPage();
  await page.goto(link);
  return page;
}

describe("a link opened by a scanner whose script sends the forms, and then by the person", () => {
  it("validates the sign-up by the person alone", async () => {
    const email = newAddress();
    await signUp(provider, email);
    const link = await validationLink(provider, email);
    const statuses = await scan(link);
    expect(statuses.length).toBeGreaterThan(0);
    expect(new Set(statuses)).toEqual(new Set([422]));
    expect(await provider.application.administration.find(email)).toMatchObject({
      accepted: false,
    });
    const page = await personAt(link);
    await page.fill("#password", goodPassword);
    await page.click("#primary");
    expect(await page.locator("h1").innerText()).toBe("Compte validé");
  });

  it("changes the password by the person alone", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    await askRecovery(provider, email);
    const link = await recoveryLink(provider, email);
    const statuses = await scan(link);
    expect(statuses.length).toBeGreaterThan(0);
    expect(new Set(statuses)).toEqual(new Set([422]));
    const page = await personAt(link);
    await page.fill("#password", renewed);
    await page.fill("#password_confirmation", renewed);
    await page.click("#primary");
    expect(await page.locator("h1").innerText()).toBe("Mot de passe modifié");
  });
});
