import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import {
  expectRefused,
  labels,
  newAddress,
  postAtOnce,
  signIn,
  signUp,
  validationLink,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const validate = "Valider la création de mon compte";
const congratulations =
  "Félicitations, votre compte a bien été validé. Vous pouvez maintenant vous connecter à votre espace Web services :";

describe.each(databases)("validating a sign-up, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: {},
        initiating: { initiate_login_uri: "https://service.test/connexion?from=auth" },
        addressless: { client_uri: undefined },
      },
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  async function signedUp(): Promise<{ email: string; browser: BrowserAgent; link: string }> {
    const email = newAddress();
    const browser = await signUp(provider, email);
    return { email, browser, link: await validationLink(provider, email) };
  }

  it("shows one button, and the guide's sentence once it is pressed", async () => {
    const { browser, link } = await signedUp();
    const page = await browser.open(link);
    expect(page.h1).toBe("Validation de compte");
    expect(page.findAll("button").map(({ text }) => text)).toEqual([validate]);
    expect(page.findAll("input")).toEqual([]);
    // Its other language is a link, which goes along: the letter's need not be the browser's.
    await browser.click("English");
    expect(browser.page).toMatchObject({ lang: "en", h1: "Account validation" });
    const another = new BrowserAgent();
    await another.open(browser.page.url);
    await another.fill({ password: "not this one" }).submit();
    expect(another.page).toMatchObject({ status: 422, lang: "en" });
    await browser.click("Français");
    await browser.submit(validate);
    expect(browser.page.hops.map(({ method, status }) => `${method} ${status}`)).toEqual([
      "POST 303",
      "GET 200",
    ]);
    expect(browser.page.text).toContain(congratulations);
    expect(browser.page.findAll("svg.logo")).toHaveLength(1);
    expect(browser.page.findAll("svg.check-mark")).toHaveLength(1);
    expect(browser.page.find("#primary")?.text).toBe("Se connecter");
  });

  it("changes nothing when a scanner opens the link, by GET or HEAD", async () => {
    const { email, browser, link } = await signedUp();
    for (const method of ["GET", "HEAD", "GET", "HEAD"]) {
      expect((await fetch(link, { method })).status).toBe(200);
    }
    expect(await provider.application.administration.find(email)).toMatchObject({
      accepted: false,
    });
    await browser.open(link);
    expect((await browser.submit(validate)).text).toContain(congratulations);
  });

  it("makes exactly one account of fifty posts at the same time", async () => {
    const { email, browser, link } = await signedUp();
    const statuses = await postAtOnce(browser, link, {}, 50);
    expect(statuses).toEqual([303, ...Array.from({ length: 49 }, () => 410)]);
    const login = await provider.party("portal").login(browser);
    await signIn(browser, email);
    expect((await login.signedIn()).userinfo.email).toBe(email);
  });

  it("ends a double click at the way to sign in", async () => {
    const { browser, link } = await signedUp();
    await browser.open(link);
    const form = browser.page.form();
    const pages = await Promise.all([form.submit(validate), form.submit(validate)]);
    for (const page of pages) expect(page.find("#primary")?.text).toBe("Se connecter");
    expect(pages.map(({ h1 }) => h1).sort()).toEqual([
      "Ce lien de validation a déjà servi",
      "Compte validé",
    ]);
  });

  it("asks another browser for the password", async () => {
    const { link } = await signedUp();
    const other = new BrowserAgent();
    await other.open(link);
    expect(labels(other.page)).toEqual({ password: "Mot de passe" });
    expect(other.page.text).toContain(
      "Pour prouver que c'est bien vous, saisissez le mot de passe que vous avez choisi.",
    );
    expectRefused(await other.submit(validate), { password: "Saisissez votre mot de passe." });
    const wrong = await other.fill({ password: "cheval-pile-agrafe-faux" }).submit(validate);
    expectRefused(wrong, {
      password: "Ce n'est pas le mot de passe choisi à la création du compte.",
    });
    expect(wrong.html).not.toContain("cheval-pile-agrafe-faux");
    await other.fill({ password: goodPassword }).submit(validate);
    expect(other.page.text).toContain(congratulations);
  });

  it("slows down who guesses that password", async () => {
    fakeDate(Date.now());
    const { browser, link } = await signedUp();
    const other = new BrowserAgent();
    await other.open(link);
    for (let failure = 1; failure <= 5; failure += 1) {
      expect((await other.fill({ password: "cheval-pile-faux" }).submit(validate)).status).toBe(
        422,
      );
    }
    const page = await other.fill({ password: goodPassword }).submit(validate);
    expect(page).toMatchObject({
      status: 429,
      title: "Erreur - Validation de compte - l'Opcommerce",
    });
    expect(page.headers["retry-after"]).toBe("61");
    expect(page.text).toContain("Trop de tentatives. Réessayez dans 61 secondes.");
    expect(page.find("#primary")?.text).toBe(validate);
    await browser.open(link);
    expect((await browser.submit(validate)).text).toContain(congratulations);
  });

  it.each([
    ["the client's initiate_login_uri", "initiating"],
    ["its client_uri", "portal"],
    ["the portal for a client without", "addressless"],
  ])("leads back, on another device, to %s", async (_where, clientId) => {
    const email = newAddress();
    const browser = new BrowserAgent();
    await provider.party(clientId).login(browser);
    await signUp(provider, email, { browser, at: browser.page.url });
    const other = new BrowserAgent();
    await other.open(await validationLink(provider, email));
    await other.fill({ password: goodPassword }).submit(validate);
    const issuer = encodeURIComponent(provider.issuer);
    const expected =
      clientId === "initiating"
        ? `https://service.test/connexion?from=auth&iss=${issuer}&login_hint=${encodeURIComponent(email)}`
        : provider.party("portal").origin;
    expect(other.page.find("#primary")?.attribute("href")).toBe(expected);
  });
});
