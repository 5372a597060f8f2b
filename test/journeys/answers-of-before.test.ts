import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { decodeJwt } from "jose";
import { twoFactors } from "../../src/provider/authentication-levels.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson, sirets } from "../support/person.ts";
import { plainClient } from "../support/plain-client.ts";
import { enrolSecondFactor } from "../support/second-factor.ts";
import { newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two] = sirets;
const consent = "Autoriser l'accès à vos données";
const choice = "Choisir un établissement";

describe.each(databases)("what was answered before, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: {},
        strict: { establishment_required: true },
        third: { first_party: false },
      },
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const newBrowser = () => {
    const stopBefore = ["portal", "strict", "third"].map((id) => provider.party(id).origin);
    return new BrowserAgent({ stopBefore });
  };

  it.each([
    ["a consent", "third", consent, "openid email"],
    ["a choice", "strict", choice, "openid siret"],
  ])(
    "%s takes nothing of the session that another tab has made stronger meanwhile",
    async (_, clientId, question, scope) => {
      const person = await newPerson(provider, one, two);
      const browser = newBrowser();
      const client = plainClient(provider, clientId);
      await client.authorize(browser, { scope });
      await person.signIn(browser);
      expect(browser.page.h1).toBe(question);
      const tab = browser.tab();
      const portal = plainClient(provider, "portal");
      await portal.authorize(tab, { acr_values: twoFactors });
      await enrolSecondFactor(tab);
      expect(portal.answer(tab.page).get("code")).toEqual(expect.any(String));
      if (question === choice) await person.choose(one, browser);
      else await browser.submit("Autoriser");
      expect(client.answer(browser.page).get("code")).toEqual(expect.any(String));
      expect((await tab.open(`${provider.issuer}/account`)).h1).toBe("Mon compte");
    },
  );

  it("a sign-up that was asked for is not asked of who changes the account behind it", async () => {
    const [without, person] = [await newPerson(provider), await newPerson(provider, one)];
    const browser = newBrowser();
    const client = plainClient(provider, "strict");
    await client.authorize(browser, { prompt: "create" });
    await browser.click("Se connecter");
    await without.signIn(browser);
    expect(browser.page.h1).toBe("Accès pas encore ouvert");
    await browser.submit("Changer de compte");
    await person.signIn(browser);
    expect(client.answer(browser.page).get("code")).toEqual(expect.any(String));
  });

  it("the choice of one person is not that of who signs in after them in the same authorization", async () => {
    const first = await newPerson(provider, one, two);
    const second = await newPerson(provider, one, two);
    const browser = newBrowser();
    await plainClient(provider, "third").authorize(browser, {
      scope: "openid siret",
      max_age: "60",
    });
    await first.signIn(browser);
    await first.choose(two, browser);
    expect(browser.page.h1).toBe(consent);
    fakeDate(Date.now() + 400_000);
    await browser.submit("Autoriser");
    expect(browser.page.h1).toBe("Connexion");
    await second.signIn(browser);
    expect(browser.page.h1).toBe(choice);
  });

  it.each([
    ["max_age=0", { max_age: "0" }],
    ["max_age=0 beside prompt=consent", { max_age: "0", prompt: "consent login" }],
  ])("a sign-in that %s asked for is asked for again when it was long ago", async (_, asked) => {
    const person = await newPerson(provider, one, two);
    const browser = newBrowser();
    const client = plainClient(provider, "strict");
    await client.code(browser, {}, () => person.signIn(browser));
    await client.authorize(browser, { scope: "openid siret", ...asked });
    expect(browser.page.h1).toBe("Connexion");
    await person.signIn(browser);
    expect(browser.page.h1).toBe(choice);
    fakeDate(Date.now() + 3_000_000);
    await person.choose(one, browser);
    expect(browser.page.h1).toBe("Connexion");
    await person.signIn(browser);
    if ("prompt" in asked) await browser.submit("Autoriser");
    const { status, body } = await client.redeem(client.answer(browser.page).get("code") ?? "");
    const claims = decodeJwt(String(body["id_token"]));
    expect([status, claims["auth_time"]]).toEqual([200, Math.floor(Date.now() / 1000)]);
  });

  it("max_age=0 without a page is refused as a sign-in that is missing", async () => {
    const person = await newPerson(provider);
    const browser = newBrowser();
    const client = plainClient(provider, "portal");
    await client.code(browser, {}, () => person.signIn(browser));
    await client.authorize(browser, { max_age: "0", prompt: "none" });
    expect(client.answer(browser.page).get("error")).toBe("login_required");
  });

  it("a sign-in by a clock that was ahead has no age that max_age could be content with", async () => {
    const person = await newPerson(provider);
    const browser = newBrowser();
    const client = plainClient(provider, "portal");
    const now = Date.now();
    fakeDate(now + 3 * 3_600_000);
    await client.code(browser, {}, () => person.signIn(browser));
    fakeDate(now + 600_000);
    await client.authorize(browser, { max_age: "60" });
    expect(browser.page.h1).toBe("Connexion");
    await person.signIn(browser);
    expect(client.answer(browser.page).get("code")).toEqual(expect.any(String));
  });

  it("nor one that would let staff act on others without confirming who they are", async () => {
    const now = Date.now();
    fakeDate(now + 3 * 3_600_000);
    const admin = await newColleague(provider, "admin");
    const { sub } = await newPerson(provider);
    fakeDate(now + 600_000);
    await admin.post(`/admin/accounts/${sub}/disable`);
    expect(admin.browser.page.h1).toBe("Confirmez que c'est vous");
  });
});
