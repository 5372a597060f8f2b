import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { axeViolations, launchChromium, newPerson, takeScreenshot } from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { totpCode } from "../support/second-factor.ts";
import { enrolmentCode } from "../support/staff.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { plugInAuthenticator } from "../support/virtual-authenticator.ts";

let browser: Browser;
let provider: TestProvider;
let person: BrowserContext;
let hasScript = true;
let page: Page;
let email: string;
let sub: string;
let count = 0;

// What a browser and its devices do is the same on every database.
beforeAll(async () => {
  browser = await launchChromium();
  provider = await startTestProvider(databases[0] as DatabaseKind);
});
afterAll(async () => {
  await browser.close();
  await provider.stop();
});
beforeEach(async () => {
  email = `personne.${(count += 1)}@partenaire.test`;
  ({ sub } = await provider.addAccount(email));
  await provider.application.administration.setRole(email, "agent", "operator");
  await newBrowser();
});
afterEach(() => person.close());

async function newBrowser(script = true): Promise<void> {
  hasScript = script;
  person = await newPerson(browser, { script });
  page = await person.newPage();
}

const h1 = () => page.locator("h1").innerText();

/** Gives the password on the way to the back office, where staff are asked for a second factor. */
async function signIn(): Promise<void> {
  await page.goto(`${provider.issuer}/sign-in?return_to=/admin`);
  await page.fill("#email", email);
  await page.fill("#password", goodPassword);
  await page.click("#primary");
  if ((await h1()) !== "Votre code d'enrôlement") return;
  // axe is a script.
  if (hasScript) expect(await axeViolations(page)).toEqual([]);
  await takeScreenshot(page, "second-factor-enrolment-code");
  await page.fill("#enrolment_code", await enrolmentCode(provider, { sub }));
  await page.click("#primary");
}

async function enrolApplication(): Promise<string> {
  const secret = (await page.locator("#secret").innerText()).replaceAll(/\s/g, "");
  await page.fill("#code", totpCode(secret));
  await page.click("#primary");
  return secret;
}

describe("turning on a second factor", () => {
  it("shows a QR code that stays black on white, and is accessible at each step", async () => {
    await signIn();
    expect(await h1()).toBe("Activer la vérification en deux étapes");
    expect(await axeViolations(page)).toEqual([]);
    const box = await page.locator(".qr-code").boundingBox();
    expect(box?.width).toBeGreaterThan(150);
    expect(box?.width).toBe(box?.height);
    await takeScreenshot(page, "second-factor-enrolment");
    await enrolApplication();
    expect(await h1()).toBe("Vos codes de secours");
    expect(await page.locator(".codes li").count()).toBe(10);
    expect(await axeViolations(page)).toEqual([]);
    await takeScreenshot(page, "second-factor-codes");
    await page.click("#primary");
    expect(page.url()).toBe(`${provider.issuer}/admin`);
  });

  it("works without JavaScript, and then offers no passkey", async () => {
    await person.close();
    await newBrowser(false);
    await signIn();
    expect(await page.locator("form[data-passkey]").isVisible()).toBe(false);
    await enrolApplication();
    await page.click("#primary");
    expect(page.url()).toBe(`${provider.issuer}/admin`);
  });
});

describe("a passkey", () => {
  const create = () => page.click("text=Créer une clé d'accès");
  const use = () => page.click("text=Utiliser ma clé d'accès");

  async function enrol() {
    const device = await plugInAuthenticator(page);
    await signIn();
    await create();
    await page.waitForSelector(".codes");
    await page.click("#primary");
    await page.waitForURL(`${provider.issuer}/admin`);
    return device;
  }

  /** The password is given again, in the same browser that holds the passkey. */
  async function atTheQuestion(): Promise<void> {
    await person.clearCookies();
    await signIn();
    expect(await h1()).toBe("Vérification en deux étapes");
  }

  it("is made at the first sign-in and used at the next, each page accessible", async () => {
    const device = await enrol();
    expect(await device.count()).toBe(1);
    await atTheQuestion();
    expect(await axeViolations(page)).toEqual([]);
    await takeScreenshot(page, "second-factor-passkey");
    await use();
    await page.waitForURL(`${provider.issuer}/admin`);
    await atTheQuestion();
    await use();
    await page.waitForURL(`${provider.issuer}/admin`);
  });

  it("is refused when its device does not recognise the person", async () => {
    const device = await enrol();
    await device.verifiesPerson(false);
    await atTheQuestion();
    await use();
    await page.waitForSelector("form[data-passkey] [role=alert]:not([hidden])");
    expect(await axeViolations(page)).toEqual([]);
    await device.verifiesPerson(true);
    await use();
    await page.waitForURL(`${provider.issuer}/admin`);
  });

  it("answers each challenge once, and no challenge of another page", async () => {
    await enrol();
    await atTheQuestion();
    const url = page.url();
    const sent = page.waitForRequest((request) => request.method() === "POST");
    await use();
    const body = (await sent).postData() ?? "";
    await page.waitForURL(`${provider.issuer}/admin`);
    await atTheQuestion();
    const fresh = await page.locator("form[data-passkey] [name=challenge]").getAttribute("value");
    const credential = new URLSearchParams(body).get("credential") ?? "";
    const challenge = new URLSearchParams(body).get("challenge") ?? "";
    expect(page.url()).not.toBe(url);
    const replay = async (fields: Record<string, string>) =>
      (
        await page.request.post(page.url(), {
          form: { code: "", ...fields },
          headers: { origin: provider.issuer },
        })
      ).status();
    expect(await replay({ credential, challenge })).toBe(422);
    expect(await replay({ credential, challenge: fresh ?? "" })).toBe(422);
    const account = await provider.application.administration.find(email);
    const sub = account.accepted ? account.value.sub : "";
    const refusals = await provider.application.audit.page({ person: { sub } }, { limit: 2 });
    expect(refusals.entries.map(({ reason }) => reason)).toEqual([
      "passkey-refused",
      "passkey-expired",
    ]);
  });

  it("is one person's: another's answer is refused", async () => {
    await enrol();
    await atTheQuestion();
    const sent = page.waitForRequest((request) => request.method() === "POST");
    await use();
    const credential = new URLSearchParams((await sent).postData() ?? "").get("credential") ?? "";
    email = `personne.${(count += 1)}@partenaire.test`;
    ({ sub } = await provider.addAccount(email));
    await provider.application.administration.setRole(email, "agent", "operator");
    await person.clearCookies();
    await signIn();
    await create();
    await page.waitForSelector(".codes");
    await atTheQuestion();
    const challenge = await page.locator("[name=challenge]").getAttribute("value");
    const answer = await page.request.post(page.url(), {
      form: { code: "", credential, challenge: challenge ?? "" },
      headers: { origin: provider.issuer },
    });
    expect(answer.status()).toBe(422);
  });
});
