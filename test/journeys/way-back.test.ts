import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import {
  askRecovery,
  mailTo,
  newAddress,
  recoveryLink,
  signUp,
  signUpFields,
  validationLink,
} from "../support/account-journey.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson } from "../support/person.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const validate = "Valider la création de mon compte";
const renewed = "agrafe-cheval-correct-pile";
const aDay = 86_400_000;

/** Contract §3: back to the relying party that started it all, on any device and after any time. */
describe.each(databases)("the way back to the relying party, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: {}, other: {}, bare: { client_uri: undefined } },
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const home = () => provider.party("other").origin;
  const signInOf = (page: Page) => page.find("#primary")?.attribute("href");

  /** Somebody who signs up from « other ». */
  async function signedUp() {
    const email = newAddress();
    const browser = new BrowserAgent();
    await provider.party("other").login(browser);
    await signUp(provider, email, { browser, at: browser.page.url });
    return { email, browser, link: await validationLink(provider, email) };
  }

  it("is kept by an expired validation link: the new sign-up leads back too, on another device", async () => {
    const begin = Date.now();
    fakeDate(begin);
    const { email, link } = await signedUp();
    fakeDate(begin + aDay);
    const device = new BrowserAgent();
    await device.open(link);
    expect(device.page.h1).toBe("Ce lien de validation a expiré");
    await device.click("Créer un compte");
    expect(device.page.h1).toBe("Créer un compte");
    expect(device.page.findAll(".panel a").map((each) => each.attribute("href"))).toEqual([
      home(),
      "/recovery?client_id=other",
    ]);
    // A refused form keeps it as well.
    await device.fill(signUpFields(email, { given_name: "" })).submit("Créer le compte");
    expect(device.page.status).toBe(422);
    await device.fill(signUpFields(email)).submit("Créer le compte");
    expect(device.page.h1).toBe("Validation de compte");
    fakeDate(begin + aDay + 61_000);
    await device.submit("Renvoyer à nouveau l'email");
    expect(device.page.find("a.button-secondary")?.attribute("href")).toBe(home());
    await device.open(await validationLink(provider, email));
    await device.submit(validate);
    expect(signInOf(device.page)).toBe(home());
  });

  it("is kept by a replaced link, and by an expired recovery", async () => {
    const begin = Date.now();
    fakeDate(begin);
    const { email, browser, link } = await signedUp();
    fakeDate(begin + 61_000);
    await browser.submit("Renvoyer à nouveau l'email");
    const newer = await validationLink(provider, email);
    expect(signInOf(await new BrowserAgent().open(link))).toBe("/signup?client_id=other");
    await browser.open(newer);
    await browser.submit(validate);

    await askRecovery(provider, email);
    const recovery = await recoveryLink(provider, email);
    fakeDate(begin + 61_000 + 1_800_000);
    const device = new BrowserAgent();
    await device.open(recovery);
    expect(device.page.h1).toBe("Ce lien de récupération a expiré");
    await device.click("Récupérer mon mot de passe");
    await device.fill({ email }).submit("Recevoir le lien");
    expect(signInOf(device.page)).toBe(home());
    await device.open(await recoveryLink(provider, email));
    await device.fill({ password: renewed, password_confirmation: renewed }).submit();
    expect(signInOf(device.page)).toBe(home());
  });

  it("is kept by the mail to an address that has an account", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    const browser = new BrowserAgent();
    await provider.party("other").login(browser);
    await signUp(provider, email, { browser, at: browser.page.url });
    const mail = await mailTo(provider, email, "Vous avez déjà un compte");
    const recovery = `${provider.issuer}/recovery?client_id=other`;
    expect(new Set(mail.links)).toEqual(new Set([home(), recovery]));
    expect(mail.text).toContain(recovery);
    await browser.open(recovery);
    await browser.fill({ email }).submit("Recevoir le lien");
    expect(signInOf(browser.page)).toBe(home());
  });

  it("outlives the erasure of whom the link was mailed to, years later", async () => {
    const begin = Date.now();
    fakeDate(begin);
    const used = await signedUp();
    const forgotten = await signedUp();
    await used.browser.open(used.link);
    await used.browser.submit(validate);
    fakeDate(begin + 800 * aDay);
    await provider.application.purge({ allow: new Set(["jump"]) });
    const rows = await provider.application.database.knex("one_time_tokens").select();
    expect(JSON.stringify(rows)).not.toContain(used.email);
    expect(JSON.stringify(rows)).not.toContain(forgotten.email);

    const again = await new BrowserAgent().open(used.link);
    expect(again.h1).toBe("Ce lien de validation a déjà servi");
    expect(signInOf(again)).toBe(home());
    expect(signInOf(await new BrowserAgent().open(`${used.link}/done`))).toBe(home());
    const expired = await new BrowserAgent().post(forgotten.link, {}, forgotten.link);
    expect(expired.h1).toBe("Ce lien de validation a expiré");
    expect(signInOf(expired)).toBe("/signup?client_id=other");
  });

  it.each(["nobody", "https://evil.test/", "other&client_id=portal", "%00", "<script>"])(
    "is the portal when an address names no client of ours: %s",
    async (named) => {
      const page = await new BrowserAgent().open(`${provider.issuer}/signup?client_id=${named}`);
      expect(page.status).toBe(200);
      expect(page.find(".panel a")?.attribute("href")).toBe(provider.party("portal").origin);
      expect(page.find("form")?.attribute("action")).toBe("/signup");
    },
  );

  it.each([
    ["other", "Retour à Service other"],
    ["bare", "Retour au service"],
  ])("is named on one's own pages where it is the client's own: %s", async (named, words) => {
    const person = await newPerson(provider);
    const { browser } = person;
    await browser.open(`${provider.issuer}/account?client_id=${named}`);
    await person.signIn();
    await browser.open(`${provider.issuer}/account?client_id=${named}`);
    const back = browser.page.findAll("a").find(({ text }) => text.startsWith("Retour"));
    const leadsTo = named === "bare" ? "portal" : named;
    expect([back?.text, back?.attribute("href")]).toEqual([words, provider.party(leadsTo).origin]);
  });

  it("lets the person who comes that way sign in there", async () => {
    const { email, browser, link } = await signedUp();
    await browser.open(link);
    await browser.submit(validate);
    const login = await provider.party("other").login(browser);
    await browser.fill({ email, password: goodPassword }).submit("Se connecter");
    expect((await login.signedIn()).userinfo.sub).toBeTruthy();
  });
});
