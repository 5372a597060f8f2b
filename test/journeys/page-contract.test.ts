import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  askRecovery,
  labels,
  newAddress,
  recoveryLink,
  signUp,
  validationLink,
} from "../support/account-journey.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

/** Each page of the contract's table, by how a person comes to it, with its heading in both languages. */
const pages: readonly (readonly [fr: string, en: string, open: Open])[] = [
  ["Connexion", "Sign-in", (_provider, browser) => browser.page],
  ["Créer un compte", "Create an account", (_provider, browser) => within(browser, "signup")],
  ["Validation de compte", "Account validation", atSent],
  [
    "Récupérer mon mot de passe",
    "Recover my password",
    (_, browser) => within(browser, "recovery"),
  ],
  ["Consultez votre messagerie", "Look at your mail", atRecoverySent],
  ["Accès pas encore ouvert", "Access not open yet", atNoAccess],
  ["Choisir un établissement", "Choose an establishment", atChoice],
  [
    "Page introuvable",
    "Page not found",
    ({ issuer }, browser) => browser.open(`${issuer}/nowhere`),
  ],
];

type Open = (provider: TestProvider, browser: BrowserAgent) => Page | Promise<Page>;

describe.each(databases)("the pages people meet, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterAll(async () => {
    await provider.stop();
  });

  it.each(pages)("« %s » is whole and guarded", async (heading, _english, open) => {
    const browser = new BrowserAgent();
    await provider.party("portal").login(browser);
    const page = await open(provider, browser);
    expect(page.h1).toBe(heading);
    expect(page.lang).toBe("fr");
    expectWhole(page);
    expectGuarded(page);
  });

  it.each(pages)(
    "« %s » is « %s » in English, by ui_locales or by Accept-Language",
    async (_, heading, open) => {
      const asked = new BrowserAgent();
      await provider.party("portal").login(asked, { ui_locales: "de en" });
      const liked = new BrowserAgent({ language: "de;q=0.9,en-US;q=0.8,fr;q=0.5" });
      await provider.party("portal").login(liked);
      // An address that is no page has no authorization, and so no ui_locales.
      for (const browser of heading === "Page not found" ? [liked] : [asked, liked]) {
        const page = await open(provider, browser);
        expect(page).toMatchObject({ h1: heading, lang: "en" });
      }
    },
  );

  it("prefers ui_locales to Accept-Language, and French to a language it does not speak", async () => {
    const english = new BrowserAgent({ language: "en" });
    await provider.party("portal").login(english, { ui_locales: "fr" });
    expect(english.page.lang).toBe("fr");
    await english.open(`${provider.issuer}/signup?ui_locales=fr`);
    expect(english.page.lang).toBe("fr");
    expect(
      (await new BrowserAgent({ language: "de" }).open(`${provider.issuer}/signup`)).lang,
    ).toBe("fr");
  });

  it("that mailed links open are whole and guarded too, as often as they are opened", async () => {
    const email = newAddress();
    const browser = await signUp(provider, email);
    const validation = await validationLink(provider, email);
    const opened: Page[] = [
      await browser.open(validation),
      await new BrowserAgent().open(validation),
    ];
    await browser.open(validation);
    opened.push(await browser.submit(), await browser.open(validation));
    await askRecovery(provider, email, browser);
    const recovery = await recoveryLink(provider, email);
    opened.push(await browser.open(recovery));
    const typed = { password: goodPassword, password_confirmation: goodPassword };
    opened.push(await browser.fill(typed).submit(), await browser.open(recovery));
    expect(opened.map(({ status, h1 }) => `${status} ${h1}`)).toEqual([
      "200 Validation de compte",
      "200 Validation de compte",
      "200 Compte validé",
      "410 Ce lien de validation a déjà servi",
      "200 Choisir un nouveau mot de passe",
      "200 Mot de passe modifié",
      "410 Ce lien de récupération a déjà servi",
    ]);
    for (const page of opened) {
      expectWhole(page);
      expectGuarded(page);
    }
  });
});

function within(browser: BrowserAgent, path: string): Promise<Page> {
  return browser.open(`${browser.page.url}/${path}`);
}

async function atSent(provider: TestProvider, browser: BrowserAgent): Promise<Page> {
  const url = browser.page.url;
  const email = newAddress();
  const fields = { email, email_confirmation: email, password: goodPassword };
  const names = { given_name: "Camille", family_name: "Moulin" };
  const typed = { ...fields, password_confirmation: goodPassword, ...names };
  return browser.post(`${url}/signup`, typed, url);
}

async function atRecoverySent(_: TestProvider, browser: BrowserAgent): Promise<Page> {
  const url = browser.page.url;
  return browser.post(`${url}/recovery`, { email: newAddress() }, url);
}

async function atNoAccess(provider: TestProvider, browser: BrowserAgent): Promise<Page> {
  const email = newAddress();
  await provider.addAccount(email);
  return browser.fill({ email, password: goodPassword }).submit();
}

async function atChoice(provider: TestProvider, browser: BrowserAgent): Promise<Page> {
  const email = newAddress();
  await provider.addAccount(email);
  await provider.openAccess(email, "13002526500013", "41816609600051");
  return browser.fill({ email, password: goodPassword }).submit();
}

/** What the contract's §3 asks of every page. */
function expectWhole(page: Page): void {
  expect(page.findAll("h1")).toHaveLength(1);
  expect(page.title).toBe(`${page.h1} - l'Opcommerce`);
  expect(page.findAll("#primary")).toHaveLength(1);
  for (const form of page.findAll("form")) expect(form.attribute("method")).toBe("post");
  if (page.findAll("input[type=radio]").length > 0) return;
  for (const label of Object.values(labels(page))) expect(label).toBeTruthy();
}

function expectGuarded({ headers }: Page): void {
  const policy = String(headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe-inline");
  expect(headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "content-type": "text/html; charset=utf-8",
  });
}
