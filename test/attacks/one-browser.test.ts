import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { plainClient, userinfo } from "../support/plain-client.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const renewed = "girafe-violet-tambour-neige";
const wanted = { scope: "openid siret" };

/** One machine in an office: people take turns at it, with more than one tab. */
describe.each(databases)("one browser, on $name", (kind) => {
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
  afterAll(async () => {
    await provider.stop();
  });

  const newBrowser = () =>
    new BrowserAgent({
      stopBefore: ["portal", "strict", "third"].map((id) => provider.party(id).origin),
    });
  const sessionOf = (browser: BrowserAgent) =>
    browser.cookies.all().find(({ name }) => name === "session")?.value;
  const signOut = async (browser: BrowserAgent) => {
    await browser.open(`${provider.issuer}/session/end`);
    await browser.submit("Se déconnecter");
  };

  /** Signs in at the portal and chooses, whatever is asked. @returns the code */
  async function codeOf(person: Person, browser: BrowserAgent, siret: string): Promise<string> {
    const client = plainClient(provider, "portal");
    await client.authorize(browser, wanted);
    if (browser.page.h1 === "Connexion") await person.signIn(browser);
    if (browser.page.h1 === "Choisir un établissement") await person.choose(siret, browser);
    return client.answer(browser.page).get("code") ?? "";
  }

  it("leaves the second person nothing of the first, and the first's tokens end at the sign-out", async () => {
    const [one, two] = [await newPerson(provider, ...sirets), await newPerson(provider, ...sirets)];
    const browser = newBrowser();
    const client = plainClient(provider, "portal");
    const first = (await client.redeem(await codeOf(one, browser, sirets[1]))).body;
    await signOut(browser);
    expect((await userinfo(provider, first["access_token"])).status).toBe(401);
    expect((await client.refresh(first["refresh_token"])).status).toBe(400);

    await client.authorize(browser, wanted);
    expect(browser.page.h1).toBe("Connexion");
    expect(browser.page.html).not.toContain(one.email);
    await two.signIn(browser);
    // The choice that was remembered was the first person's.
    expect(browser.page.h1).toBe("Choisir un établissement");
    expect(browser.page.findAll("input[checked]")).toEqual([]);
    await two.choose(sirets[2], browser);
    const code = client.answer(browser.page).get("code") ?? "";
    const { body } = await client.redeem(code);
    expect((await userinfo(provider, body["access_token"])).body).toMatchObject({
      sub: two.sub,
      siret: sirets[2],
    });
    await browser.open(`${provider.issuer}/account`);
    expect(browser.page.text).toContain(two.email);
    expect(browser.page.html).not.toContain(one.email);
  });

  it("without a sign-out in between: what the first left open is not the second's to answer", async () => {
    const [one, two] = [await newPerson(provider, ...sirets), await newPerson(provider, ...sirets)];
    const left = newBrowser();
    await plainClient(provider, "portal").authorize(left, wanted);
    await one.signIn(left);
    expect(left.page.h1).toBe("Choisir un établissement");
    const tab = left.tab();
    await plainClient(provider, "portal").authorize(tab, { ...wanted, prompt: "login" });
    await two.signIn(tab);
    await one.choose(sirets[1], left);
    expect(left.page.location ?? "").not.toContain("code=");
    expect(left.page).toMatchObject({ status: 410, h1: "Votre demande de connexion a expiré" });
  });

  it.each<[string, string, (person: Person, browser: BrowserAgent) => Promise<void>]>([
    [
      "a consent",
      "third",
      async (_person, browser) => {
        expect(browser.page.h1).toBe("Autoriser l'accès à vos données");
        await browser.submit("Autoriser");
      },
    ],
    [
      "« no access yet », opened in the meantime",
      "strict",
      async (person, browser) => {
        expect(browser.page.h1).toBe("Accès pas encore ouvert");
        await provider.openAccess(person.email, sirets[0]);
        await browser.open(browser.page.url);
      },
    ],
  ])("ends %s under way in one tab when another signs out", async (_what, clientId, answer) => {
    const person = await newPerson(provider);
    const browser = newBrowser();
    await plainClient(provider, clientId).authorize(browser, { scope: "openid" });
    await person.signIn(browser);
    await signOut(browser.tab());
    await answer(person, browser);
    expect(browser.page.location ?? "").not.toContain("code=");
    expect(browser.page.status).toBe(410);
    await plainClient(provider, clientId).authorize(browser, { scope: "openid" });
    expect(browser.page.h1).toBe("Connexion");
  });

  it("refuses a code that was on its way when another tab signed out", async () => {
    const person = await newPerson(provider, sirets[0]);
    const browser = newBrowser();
    const code = await codeOf(person, browser, sirets[0]);
    await signOut(browser.tab());
    const { status, body } = await plainClient(provider, "portal").redeem(code);
    expect([status, body["error"]]).toEqual([400, "invalid_grant"]);
  });

  it("leads a sign-in page that was open during a sign-out back to its relying party, where the person signs in", async () => {
    const person = await newPerson(provider, sirets[0]);
    const browser = newBrowser();
    await codeOf(person, browser, sirets[0]);
    const client = plainClient(provider, "portal");
    await client.authorize(browser, { ...wanted, prompt: "login" });
    await signOut(browser.tab());
    await person.signIn(browser);
    expect(browser.page).toMatchObject({ status: 410, h1: "Votre demande de connexion a expiré" });
    expect(browser.page.find("#primary")?.attribute("href")).toBe(provider.party("portal").origin);
    await client.authorize(browser, wanted);
    await person.signIn(browser);
    const { body } = await client.redeem(client.answer(browser.page).get("code") ?? "");
    expect((await userinfo(provider, body["access_token"])).body["sub"]).toBe(person.sub);
  });

  it("changes nothing by the form of « Mon compte » that was left open during a sign-out", async () => {
    const person = await newPerson(provider);
    const browser = newBrowser();
    await browser.open(`${provider.issuer}/account/password`);
    await person.signIn(browser);
    await signOut(browser.tab());
    await browser.page
      .form("form[action='/account/password']")
      .fill({ current_password: goodPassword, password: renewed, password_confirmation: renewed })
      .submit();
    expect(browser.page.h1).toBe("Connexion");
    await person.signIn(browser);
    // Nobody of this browser was left to keep it for.
    expect(browser.page.h1).toBe("Votre envoi n'a pas été gardé");
  });

  it("gets a new session identifier when its person proves who it is again, and the former is dead", async () => {
    const person = await newPerson(provider, sirets[0]);
    const browser = newBrowser();
    const client = plainClient(provider, "portal");
    await codeOf(person, browser, sirets[0]);
    for (const parameters of [{ prompt: "login" }, { max_age: "0" }]) {
      const before = browser.cookies.all().filter(({ name }) => name.startsWith("session"));
      await client.authorize(browser, { ...wanted, ...parameters });
      await person.signIn(browser);
      expect(client.answer(browser.page).get("code")).toBeTruthy();
      await expectDead(before, browser);
    }
  });

  it("gets a new session identifier when its person changes the password, and the former is dead", async () => {
    const person = await newPerson(provider);
    const browser = newBrowser();
    await browser.open(`${provider.issuer}/account/password`);
    await person.signIn(browser);
    const before = browser.cookies.all().filter(({ name }) => name.startsWith("session"));
    await browser.page
      .form("form[action='/account/password']")
      .fill({ current_password: goodPassword, password: renewed, password_confirmation: renewed })
      .submit();
    expect(browser.page.text).toContain("Votre mot de passe est modifié.");
    await expectDead(before, browser);
  });

  /** The session cookies from before are others than now, and sign nobody in. */
  async function expectDead(
    before: readonly { readonly name: string; readonly value: string }[],
    browser: BrowserAgent,
  ): Promise<void> {
    const former = before.find(({ name }) => name === "session")?.value;
    expect(former).toBeTruthy();
    expect(sessionOf(browser)).toBeTruthy();
    expect(sessionOf(browser)).not.toBe(former);
    const thief = newBrowser();
    thief.cookies.store(
      new URL(provider.issuer),
      before.map(({ name, value }) => `${name}=${value}; Path=/`),
    );
    await plainClient(provider, "portal").authorize(thief, wanted);
    expect(thief.page.h1).toBe("Connexion");
  }
});
