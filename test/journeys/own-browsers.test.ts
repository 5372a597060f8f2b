import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { hours, minutes } from "../../src/foundation/index.ts";
import {
  askRecovery,
  mailTo,
  mailsTo,
  postAtOnce,
  recoveryLink,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
const onTelephone =
  "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36";
const named = (agent: string) => new BrowserAgent({ headers: { "User-Agent": agent } });
const letter = "Connexion depuis un nouveau navigateur";

describe.each(databases)("the browsers of a person, on $name", (kind) => {
  let provider: TestProvider;
  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: {}, closed: { establishment_required: true, service_name: "Portail OF" } },
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });
  afterAll(() => provider.stop());

  const at = (path: string) => `${provider.issuer}${path}`;
  const signedIn = async (person: Person, browser: BrowserAgent, shared = false) => {
    await browser.open(at("/account"));
    const form = browser.fill({ email: person.email, password: goodPassword });
    await (shared ? form.fill({ shared_computer: true }) : form).submit("Se connecter");
    return browser;
  };
  const subjects = async ({ email }: Person) =>
    (await mailsTo(provider, email)).map(({ subject }) => subject);
  const linkOf = async ({ email }: Person) =>
    /https?:\S+\/unknown-browser\/\S+/.exec((await mailTo(provider, email, letter)).text)?.[0] ??
    "";

  it("are listed with system and network, and all but this one are closed at once", async () => {
    const person = await newPerson(provider);
    const telephone = await signedIn(person, named(onTelephone));
    const third = await signedIn(person, new BrowserAgent());
    const { page } = await signedIn(person, named(firefox));
    expect(page.text).toMatch(
      /Ce navigateur Firefox, Windows Connecté le .+ Dernière utilisation le/,
    );
    expect(page.text).toContain("Chrome, Android");
    expect(page.text).toContain("Réseau : 127.0.0.0/24.");
    const after = await page.click("Fermer les autres sessions");
    expect(after.text).toContain("Vos autres sessions sont fermées.");
    expect(after.text).not.toContain("Chrome, Android");
    for (const other of [telephone, third])
      expect((await other.open(at("/account"))).h1).toBe("Connexion");
  });

  it("are listed with when they were last used, which a session's end does not say by itself", async () => {
    fakeDate(Math.floor(Date.now() / 1000) * 1000);
    for (const shared of [false, true]) {
      const { page } = await signedIn(await newPerson(provider), new BrowserAgent(), shared);
      expect(page.text).toMatch(/Connecté le (.+ à .+?) Dernière utilisation le \1/);
    }
  });

  it("are said to be closed in the audit where there were others, and only there", async () => {
    const person = await newPerson(provider);
    const closings = async () => {
      const of = { person: { sub: person.sub } };
      const { entries } = await provider.application.audit.page(of, { limit: 10 });
      return entries.filter(({ name }) => name === "session-ended").length;
    };
    const browser = await signedIn(person, named(firefox));
    const action = browser.page.url.replace(/\?.*/, "") + "/sessions/end-others";
    await browser.post(action, {}, browser.page.url);
    expect(browser.page.text).toContain("Vos autres sessions sont fermées.");
    expect(await closings()).toBe(0);
    await signedIn(person, new BrowserAgent());
    await browser.post(action, {}, browser.page.url);
    expect(await closings()).toBe(1);
  });

  it("are told of by mail when new, not the first one; a GET of its link changes nothing", async () => {
    const person = await newPerson(provider);
    const own = await signedIn(person, person.browser);
    expect(await subjects(person)).toEqual([]);
    const stranger = await signedIn(person, named(firefox));
    const link = await linkOf(person);
    const { text } = await mailTo(provider, person.email, letter);
    expect(text).toContain("Navigateur\u00A0: Firefox, Windows");
    expect(text).toContain("Réseau\u00A0: 127.0.0.0/24");
    await fetch(link, { method: "HEAD" });
    const page = await new BrowserAgent().open(`${link}.`);
    expect(page).toMatchObject({ status: 200, h1: "Ce n'était pas vous ?" });
    expect((await stranger.open(at("/account"))).h1).toBe("Mon compte");

    const done = await page.click("#primary");
    expect(done).toMatchObject({
      url: at("/unknown-browser/done"),
      h1: "Vos sessions sont fermées",
    });
    const { artifacts, knownBrowsers } = provider.application;
    expect(await knownBrowsers.list(person.sub)).toEqual([]);
    // Gone, not only void: its relying parties hear of it.
    expect(await artifacts.sessionsOf(person.sub)).toEqual([]);
    for (const browser of [own, stranger])
      expect((await browser.open(at("/account"))).h1).toBe("Connexion");
    expect(await recoveryLink(provider, person.email)).toContain("/recovery/");
    expect(await new BrowserAgent().open(link)).toMatchObject({
      status: 410,
      h1: "Ce lien a déjà servi",
    });
    expect((await page.form().submit()).status).toBe(410);
  });

  it("are told of by a link whose letter comes whatever was asked before, and though the sessions cannot be reached", async () => {
    fakeDate(Math.floor(Date.now() / 1000) * 1000);
    const person = await newPerson(provider);
    await signedIn(person, person.browser);
    await signedIn(person, new BrowserAgent());
    const alert = await linkOf(person);
    await askRecovery(provider, person.email);
    const before = await recoveryLink(provider, person.email);
    const { artifacts } = provider.application;
    jest.spyOn(artifacts, "describe").mockRejectedValueOnce(new Error("out of reach"));
    const page = await new BrowserAgent().open(alert);
    expect((await page.click("#primary")).status).toBe(500);
    // What was proven is void, and with it the link of a moment ago.
    expect((await new BrowserAgent().open(before)).status).toBe(410);
    const link = await recoveryLink(provider, person.email);
    expect(link).not.toBe(before);
    expect(await new BrowserAgent().open(link)).toMatchObject({
      ...{ status: 200, h1: "Choisir un nouveau mot de passe" },
    });
  });

  it("are told of by no letter when the sign-in counts no more", async () => {
    const person = await newPerson(provider);
    await signedIn(person, person.browser);
    const { accounts, browserAlerts, clock } = provider.application;
    const [account] = await accounts.findAllBySub([person.sub]);
    if (!account) throw new Error("no account");
    await accounts.renewCredentials(person.sub, clock.epochSeconds());
    await browserAlerts.tell(account, {});
    expect(await subjects(person)).toEqual([]);
  });

  it("are told of once each, and not again where the account knows them", async () => {
    const person = await newPerson(provider);
    await signedIn(person, person.browser);
    const second = await signedIn(person, new BrowserAgent());
    await second.click("Se déconnecter");
    await signedIn(person, second);
    expect(await subjects(person)).toEqual([letter]);
  });

  it("are told of by a link that does its work once, pressed however often at once", async () => {
    const person = await newPerson(provider);
    await signedIn(person, person.browser);
    await signedIn(person, new BrowserAgent());
    const statuses = await postAtOnce(new BrowserAgent(), await linkOf(person), {}, 5);
    expect(statuses).toEqual([303, 410, 410, 410, 410]);
  });

  it("are told of by a link that is worth nothing once the account is disabled or gone", async () => {
    const { administration, deleteAccount } = provider.application;
    const person = await newPerson(provider);
    await signedIn(person, person.browser);
    await signedIn(person, new BrowserAgent());
    const link = await linkOf(person);
    const opened = async () => (await new BrowserAgent().open(link)).h1;
    const found = await administration.find(person.email);
    if (!found.accepted) throw new Error("no account");
    await administration.setState(found.value.email, "disabled", "operator");
    expect(await opened()).toBe("Ce lien n'est plus valable");
    await deleteAccount({ account: found.value, by: "operator" });
    expect(await opened()).toBe("Ce lien n'est plus valable");
  });

  it("are told of by five letters an hour, however many they are", async () => {
    const person = await newPerson(provider);
    for (let count = 0; count < 8; count += 1) await signedIn(person, new BrowserAgent());
    expect(await subjects(person)).toEqual(Array.from({ length: 5 }, () => letter));
  });

  it("are told of by a link of a week, which only we can have made", async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
    const person = await newPerson(provider);
    await signedIn(person, person.browser);
    await signedIn(person, new BrowserAgent());
    const link = await linkOf(person);
    fakeDate(now + hours(24 * 7) * 1000 - 1000);
    expect((await new BrowserAgent().open(link)).status).toBe(200);
    fakeDate(now + hours(24 * 7) * 1000);
    expect(await new BrowserAgent().open(link)).toMatchObject({
      ...{ status: 410, h1: "Ce lien a expiré" },
    });
    expect(await new BrowserAgent().open(at("/unknown-browser/forged"))).toMatchObject({
      ...{ status: 410, h1: "Ce lien n'est plus valable" },
    });
  });

  it("on a shared computer keep nothing but a session of an hour, whatever they knew before", async () => {
    const person = await newPerson(provider);
    await signedIn(person, person.browser);
    await person.browser.click("Se déconnecter");
    const browser = await signedIn(person, named(firefox), true);
    const kept = browser.cookies.all().map(({ name }) => name);
    expect(kept.filter((name) => name.startsWith("known-browser"))).toEqual([]);
    const [session] = browser.cookies.all().filter(({ name }) => name === "_session");
    expect(session === undefined || session.expiresAt === undefined).toBe(true);
    expect(await provider.application.knownBrowsers.list(person.sub)).toHaveLength(1);
    // Nor does a new password mark it.
    await browser.open(at("/account/password"));
    const password = "girafe-violet-tambour-neige";
    await browser
      .fill({ current_password: goodPassword, password, password_confirmation: password })
      .submit();
    expect(await provider.application.knownBrowsers.list(person.sub)).toEqual([]);
    fakeDate(Date.now() + minutes(59) * 1000);
    expect((await browser.open(at("/account"))).h1).toBe("Mon compte");
    fakeDate(Date.now() + minutes(62) * 1000);
    expect((await browser.open(at("/account"))).h1).toBe("Connexion");
  });

  it("are forgotten where they were known, once their person says that others use them", async () => {
    const person = await newPerson(provider);
    const own = new BrowserAgent();
    for (const browser of [own, person.browser]) {
      await signedIn(person, browser);
      await browser.click("Se déconnecter");
    }
    const { knownBrowsers } = provider.application;
    expect(await knownBrowsers.list(person.sub)).toHaveLength(2);
    await signedIn(person, person.browser, true);
    expect(await knownBrowsers.list(person.sub)).toHaveLength(1);
    // Theirs alone: the other one is known still, and nobody is told of it.
    await signedIn(person, own);
    expect(await knownBrowsers.list(person.sub)).toHaveLength(1);
  });

  it("keep their own language, by a switch that no GET and no other site can press", async () => {
    const browser = new BrowserAgent();
    await browser.open(at("/signup"));
    await browser.open(at("/language"));
    expect((await browser.open(at("/signup?client_id=portal&ui_locales=fr"))).lang).toBe("fr");
    await browser.click("English");
    expect(browser.page).toMatchObject({ url: at("/signup?client_id=portal"), lang: "en" });
    expect((await browser.open(at("/recovery"))).lang).toBe("en");
    const stranger = new BrowserAgent();
    const forged = await stranger.post(at("/language"), { language: "en" }, "https://evil.test/");
    expect(forged.status).toBe(403);
    for (const path of ["//evil.test/", "/\\evil.test", "///evil.test/a"]) {
      const headers = { origin: new URL(at("/")).origin, referer: new URL(at("/")).origin + path };
      const body = new URLSearchParams({ language: "en" });
      const asked = { method: "POST", headers, body, redirect: "manual" } as const;
      expect((await fetch(at("/language"), asked)).headers.get("location")).toBe("/");
    }
    expect((await stranger.open(at("/recovery"))).lang).toBe("fr");
    // What a client asks for is respected, until the person says otherwise on its pages.
    const party = provider.party("portal");
    await party.login(browser, { ui_locales: "fr" });
    expect(browser.page.lang).toBe("fr");
    await browser.click("English");
    expect(browser.page).toMatchObject({ lang: "en", h1: "Sign-in" });
  });

  it("lead from the service to one's own page and back; the letters speak the language chosen there", async () => {
    const person = await newPerson(provider);
    await provider.party("closed").login(person.browser);
    await person.signIn();
    await person.browser.click("Mon compte");
    expect(person.browser.page.h1).toBe("Mon compte");
    await person.browser.click("Ma sécurité");
    const back = person.browser.page.findAll("a").find(({ text }) => text.startsWith("Retour à "));
    expect(back?.text).toBe("Retour à Portail OF");
    await person.browser.open(at("/account?client_id=nobody"));
    await person.browser.page.form("form[action='/account/language']").submit("English");
    expect(person.browser.page).toMatchObject({ lang: "en", url: at("/account?done=language") });
    await person.browser.open(at("/account/deletion"));
    await person.browser.fill({ current_password: goodPassword }).submit();
    expect(await subjects(person)).toEqual(["Your account is deleted"]);
  });

  it("show the way to one's account where an establishment is chosen", async () => {
    const person = await newPerson(provider, sirets[0], sirets[1]);
    await provider.party("portal").login(person.browser, { scope: "openid siret" });
    await person.signIn();
    const { page } = person.browser;
    const own = page.findAll("a").find(({ text }) => text === "Mon compte");
    expect(own?.attribute("href")).toBe("/account?client_id=portal");
  });
});
