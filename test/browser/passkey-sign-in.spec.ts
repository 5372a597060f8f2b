import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import {
  axeViolations,
  launchChromium,
  newPerson,
  overflowsSideways,
  takeScreenshot,
} from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { totpCode } from "../support/second-factor.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import {
  type VirtualAuthenticator,
  plugInAuthenticator,
} from "../support/virtual-authenticator.ts";

let browser: Browser;
let provider: TestProvider;
let person: BrowserContext;
let page: Page;
let device: VirtualAuthenticator;
let email: string;
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
  await provider.addAccount(email);
  person = await newPerson(browser);
  page = await person.newPage();
  device = await plugInAuthenticator(page);
});
afterEach(() => person.close());

const h1 = () => page.locator("h1").innerText();
const at = (path: string) => `${provider.issuer}${path}`;
const told = "form[data-passkey] [role=alert]:not([hidden])";

async function giveThePassword(path = "/account"): Promise<void> {
  await page.goto(at(path));
  await page.fill("#email", email);
  await page.fill("#password", goodPassword);
  await page.click("#primary");
}

/** Signs in by the password, takes the offer up, and signs out. */
async function takeUpTheOffer(): Promise<void> {
  await giveThePassword();
  await page.waitForSelector("[data-for-passkeys]:not([hidden])");
  expect(await axeViolations(page)).toEqual([]);
  await takeScreenshot(page, "passkey-offer");
  await page.click("[data-for-passkeys] a");
  await page.click("#primary");
  await page.waitForSelector(".codes");
  await page.click("#primary");
  await page.goto(at("/account"));
  expect(await page.locator("[data-for-passkeys]").count()).toBe(0);
  await page.click("text=Se déconnecter");
}

describe("a passkey alone", () => {
  it("is taken up on « Mon compte », and signs in by its button, the page accessible", async () => {
    await takeUpTheOffer();
    // Nobody touches it: the browser would take what it lists where the address is typed.
    await device.touched(false);
    await page.goto(at("/account"));
    await page.waitForSelector("#email[autocomplete='username webauthn']");
    expect(await axeViolations(page)).toEqual([]);
    await takeScreenshot(page, "passkey-sign-in");
    await page.setViewportSize({ width: 320, height: 800 });
    expect(await overflowsSideways(page)).toBe(false);
    // From the next request on: the one for the autofill, which still waits, is given up for that of the button.
    await device.touched(true);
    await page.click("text=Utiliser une clé d'accès");
    await page.waitForURL(at("/account"));
    expect(await h1()).toBe("Mon compte");
  });

  it("signs in by autofill, where its person picks it", async () => {
    await takeUpTheOffer();
    await page.goto(at("/account"));
    await page.waitForURL(at("/account"));
    expect(await h1()).toBe("Mon compte");
  });

  it("asks for another request where its page comes back from the browser's history", async () => {
    await takeUpTheOffer();
    await device.touched(false);
    const asked = page.waitForResponse((answer) => answer.request().resourceType() === "fetch");
    await page.goto(at("/account"));
    const { challenge: first } = (await (await asked).json()) as { readonly challenge: string };
    const again = page.waitForResponse((answer) => answer.request().resourceType() === "fetch");
    await page.evaluate(
      'window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))',
    );
    const { challenge } = (await (await again).json()) as { readonly challenge: string };
    expect(challenge).not.toBe(first);
    await device.touched(true);
    await page.click("text=Utiliser une clé d'accès");
    await page.waitForURL(at("/account"));
    expect(await h1()).toBe("Mon compte");
  });

  it("says what went wrong, and leaves the password, which signs in", async () => {
    await takeUpTheOffer();
    await device.touched(false);
    await device.verifiesPerson(false);
    await page.goto(at("/account"));
    // From the next request on: the one for the autofill, which still waits, is given up for that of the button.
    await device.touched(true);
    await page.click("text=Utiliser une clé d'accès");
    await page.waitForSelector(told);
    const sentence = await page.locator(told).innerText();
    expect(sentence).toContain("vous avez annulé, ou elle n'est pas sur cet appareil");
    expect(sentence).toContain("Vous pouvez aussi vous connecter avec votre mot de passe.");
    expect(await axeViolations(page)).toEqual([]);
  });

  it("is asked for again by the same key where it failed: the focus stays on its button", async () => {
    await page.goto(at("/account"));
    await page.waitForSelector("#email[autocomplete='username webauthn']");
    // A person takes more than a frame.
    await page.evaluate(`
      navigator.credentials.get = () => new Promise((_, refuse) => {
        setTimeout(() => refuse(new DOMException("", "NotAllowedError")), 300);
      });
    `);
    await page.focus("form[data-passkey] button");
    await page.keyboard.press("Enter");
    await page.waitForSelector(told);
    expect(await page.evaluate("document.activeElement.innerText")).toBe(
      "Utiliser une clé d'accès",
    );
    await page.keyboard.press("Enter");
    await page.waitForSelector(told.replace(":not([hidden])", "[hidden]"), {
      state: "attached",
    });
    await page.waitForSelector(told);
  });

  it("is not offered again once its person said later", async () => {
    await giveThePassword();
    await page.waitForSelector("[data-for-passkeys]:not([hidden])");
    await page.click("text=Plus tard");
    expect(await h1()).toBe("Mon compte");
    expect(await page.locator("[data-for-passkeys]").count()).toBe(0);
  });

  it("is offered to nobody whose device cannot hold one", async () => {
    await device.unplug();
    await giveThePassword();
    await page.waitForLoadState("networkidle");
    expect(await page.locator("[data-for-passkeys]").isVisible()).toBe(false);
  });
});

describe("each error of a device", () => {
  /** The page of a new passkey, whose device answers with an error of this name. */
  async function failing(name: string): Promise<string> {
    await giveThePassword("/account/security/passkeys/new");
    await page.evaluate(
      `navigator.credentials.create = () => Promise.reject(new DOMException("", "${name}"))`,
    );
    await page.click("#primary");
    await page.waitForSelector(told);
    return page.locator(told).innerText();
  }

  it.each([
    ["NotAllowedError", "La clé d'accès n'a pas été créée : vous avez annulé."],
    ["InvalidStateError", "Cet appareil a déjà une clé d'accès pour votre compte."],
    ["ConstraintError", "Cet appareil ne peut pas garder de clé d'accès"],
    ["NotSupportedError", "Cet appareil ne peut pas garder de clé d'accès"],
    ["TimeoutError", "L'appareil a attendu trop longtemps."],
    ["SecurityError", "ne permet pas les clés d'accès à cette adresse"],
    ["UnknownError", "La clé d'accès n'a pas répondu."],
  ])("%s has its sentence, and an exit of the page", async (name, sentence) => {
    const shown = (await failing(name)).replaceAll("\u00A0", " ");
    expect(shown).toContain(sentence);
    expect(shown).toContain("Vous pouvez aussi revenir à « Ma sécurité ».");
    expect(await axeViolations(page)).toEqual([]);
    await page.click("text=Retour à ma sécurité");
    expect(await h1()).toBe("Ma sécurité");
  });

  it("a browser that knows no passkeys says so", async () => {
    await page.addInitScript("delete window.PublicKeyCredential");
    await giveThePassword("/account/security/passkeys/new");
    expect(await page.locator("[data-passkeys-unknown]").innerText()).toContain(
      "Ce navigateur ne connaît pas les clés d'accès.",
    );
    expect(await axeViolations(page)).toEqual([]);
  });
});

describe("who has lost their telephone", () => {
  it("unfolds the way out, by keyboard; the codes were copied and saved", async () => {
    await person.grantPermissions(["clipboard-read", "clipboard-write"]);
    await giveThePassword("/account/security/application");
    const secret = (await page.locator("#secret").innerText()).replaceAll(/\s/g, "");
    await page.fill("#code", totpCode(secret));
    await page.click("#primary");
    const codes = await page.locator(".codes li").allInnerTexts();
    await page.click("text=Copier");
    await page.waitForSelector("text=Codes copiés");
    expect(await page.evaluate<string>("navigator.clipboard.readText()")).toBe(codes.join("\n"));
    const download = page.waitForEvent("download");
    await page.click("text=Enregistrer");
    expect((await download).suggestedFilename()).toBe("codes-de-secours.txt");
    expect(await page.locator("text=Imprimer").isVisible()).toBe(true);
    expect(await axeViolations(page)).toEqual([]);
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("#primary").isVisible()).toBe(false);
    expect(await page.locator(".on-paper").innerText()).toContain(email);
    await page.emulateMedia({ media: "screen" });
    await person.clearCookies();
    await giveThePassword();
    await page.focus("summary");
    await page.keyboard.press("Enter");
    expect(await page.locator("details a").innerText()).toBe("Contacter l'Opcommerce");
    expect(await axeViolations(page)).toEqual([]);
    await takeScreenshot(page, "second-factor-lost");
    await page.fill("#code", codes[0] ?? "");
    await page.click("#primary");
    expect(await h1()).toBe("Mon compte");
  });

  it("who has a passkey alone finds recovery codes behind a line, folded by the script", async () => {
    await takeUpTheOffer();
    await giveThePasswordAlone();
    expect(await page.locator("#code").isVisible()).toBe(false);
    expect(await axeViolations(page)).toEqual([]);
    await page.click("summary");
    expect(await page.locator("#code").isVisible()).toBe(true);
    expect(await axeViolations(page)).toEqual([]);
    await takeScreenshot(page, "second-factor-lost-passkey");
  });

  async function giveThePasswordAlone(): Promise<void> {
    await device.touched(false);
    await giveThePassword();
    expect(await h1()).toBe("Vérification en deux étapes");
  }
});
