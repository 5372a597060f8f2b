import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { plainClient } from "../support/plain-client.ts";
import type { RelyingParty } from "../support/relying-party.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two] = sirets;
const heading = "Autoriser l'accès à vos données";
const courses = "https://courses.test/";

describe.each(databases)("consent for a client that is not first-party, on $name", (kind) => {
  let provider: TestProvider;
  let third: RelyingParty;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        third: { first_party: false, client_name: "Agenda <Formation>" },
        desk: {
          first_party: false,
          scope: "openid email offline_access courses:read courses:write",
        },
        phone: { application_type: "native", token_endpoint_auth_method: "none" },
      },
      resources: [{ resource: courses, name: "Formations", scope: "courses:read courses:write" }],
    });
    third = provider.party("third");
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("says who asks, as whom, and which data", async () => {
    const person = await newPerson(provider, one);
    const scope = "openid profile email siret establishment establishments";
    const login = await third.login(person.browser, { scope });
    await person.signIn();
    const { page } = person.browser;
    expect([page.status, page.h1, page.lang]).toEqual([200, heading, "fr"]);
    expect(page.text).toContain(
      "« Agenda <Formation> » demande à connaître les données suivantes de votre compte.",
    );
    expect(page.findAll("li").map(({ text }) => text)).toEqual([
      "Un identifiant qui vous est propre",
      "Votre prénom et votre nom",
      "Votre email",
      "Le SIRET de l'établissement choisi",
      "Le nom, le SIRET et le SIREN de l'établissement choisi",
      "La liste de tous vos établissements",
    ]);
    expect(page.text).toContain(`Vous êtes connecté avec ${person.email}.`);
    expect(page.find("#primary")?.text).toBe("Autoriser");
    await person.browser.submit("Autoriser");
    expect((await login.signedIn()).userinfo).toMatchObject({ siret: one, email: person.email });
  });

  it("says what is asked by the claims parameter alone", async () => {
    const person = await newPerson(provider, one);
    const claims = JSON.stringify({
      userinfo: { email: null, siren: null },
      id_token: { given_name: null, auth_time: null, unknown: null },
    });
    const login = await third.login(person.browser, { scope: "openid", claims });
    await person.signIn();
    expect(person.browser.page.findAll("li").map(({ text }) => text)).toEqual([
      "Un identifiant qui vous est propre",
      "Votre email",
      "Le nom, le SIRET et le SIREN de l'établissement choisi",
      "Votre prénom et votre nom",
    ]);
    await person.browser.submit("Autoriser");
    const result = await login.signedIn();
    const { email, sub } = person;
    expect(result.userinfo).toEqual({ sub, email, siren: one.slice(0, 9) });
    expect(result.claims).toMatchObject({ given_name: "Jeanne" });
  });

  it("sends « Refuser » back as access_denied, and asks again the next time", async () => {
    const person = await newPerson(provider);
    const login = await third.login(person.browser);
    await person.signIn();
    await person.browser.submit("Refuser");
    expect(await login.refused()).toMatchObject({ error: "access_denied" });
    const silent = await third.login(person.browser, { prompt: "none" });
    expect(await silent.refused()).toMatchObject({ error: "consent_required" });
    await third.login(person.browser);
    expect(person.browser.page.h1).toBe(heading);
  });

  it("takes a form without an answer for a refusal", async () => {
    const person = await newPerson(provider);
    const login = await third.login(person.browser);
    await person.signIn();
    const { url } = person.browser.page;
    await person.browser.post(url, { action: "perhaps" }, url);
    expect(await login.refused()).toMatchObject({ error: "access_denied" });
  });

  it("is remembered in the session; more data ask again, less do not", async () => {
    const person = await newPerson(provider, one);
    const first = await third.login(person.browser, { scope: "openid email" });
    await person.signIn();
    await person.browser.submit("Autoriser");
    await first.signedIn();
    for (const scope of ["openid email", "openid"]) {
      const silent = await third.login(person.browser, { scope, prompt: "none" });
      expect((await silent.signedIn()).tokens.scope).toBe(scope);
    }
    for (const more of [
      { scope: "openid email profile" },
      { scope: "openid", claims: '{"userinfo":{"name":null}}' },
      { scope: "openid siret" },
    ]) {
      const silent = await third.login(person.browser, { ...more, prompt: "none" });
      expect(await silent.refused()).toMatchObject({ error: "consent_required" });
    }
    const asked = await third.login(person.browser, { scope: "openid email", prompt: "consent" });
    expect(person.browser.page.h1).toBe(heading);
    await person.browser.submit("Autoriser");
    await asked.signedIn();
  });

  it("is asked once for what is new at a resource server, beside what was allowed there before", async () => {
    const person = await newPerson(provider);
    const browser = new BrowserAgent({ stopBefore: [provider.party("desk").origin] });
    const desk = plainClient(provider, "desk");
    const ask = async (scope: string, parameters: Record<string, string>) => {
      await desk.authorize(browser, { scope, resource: courses, ...parameters });
      if (browser.page.h1 === "Connexion") await person.signIn(browser);
      return browser.page.h1 === heading;
    };
    const tokens = async () => (await desk.redeem(code() ?? "")).body;
    const code = () => desk.answer(browser.page).get("code");
    expect(await ask("openid courses:read", {})).toBe(true);
    expect(browser.page.text).toContain("Services utilisés en votre nom Formations (courses:read)");
    await browser.submit("Autoriser");
    expect((await tokens())["scope"]).toBe("courses:read");
    expect(await ask("openid courses:read courses:write", {})).toBe(true);
    await browser.submit("Autoriser");
    expect((await tokens())["scope"]).toBe("courses:read courses:write");
    expect(await ask("openid courses:read", {})).toBe(false);
    expect(await ask("openid courses:write", { prompt: "consent" })).toBe(true);
    await browser.submit("Autoriser");
    expect((await tokens())["scope"]).toBe("courses:write");
    expect((await browser.open(`${provider.issuer}/account/applications`)).text).toContain(
      "Services que l'application utilise en votre nom : Formations (courses:read, courses:write)",
    );
  });

  it("with offline_access holds at resource servers for a request without it", async () => {
    const person = await newPerson(provider);
    const browser = new BrowserAgent({ stopBefore: [provider.party("desk").origin] });
    const desk = plainClient(provider, "desk");
    const asked = { scope: "openid courses:read", resource: courses };
    await desk.authorize(browser, { ...asked, scope: `${asked.scope} offline_access` });
    await person.signIn(browser);
    await browser.submit("Autoriser");
    const code = await desk.code(browser, { ...asked, prompt: "none" });
    expect((await desk.redeem(code)).body["scope"]).toBe("courses:read");
  });

  it("comes after the choice of establishment, and freezes that one", async () => {
    const person = await newPerson(provider, one, two);
    const login = await third.login(person.browser);
    await person.signIn();
    expect(person.browser.page.h1).toBe("Choisir un établissement");
    await person.choose(two);
    expect(person.browser.page.h1).toBe(heading);
    await person.browser.submit("Autoriser");
    const first = await login.signedIn();
    expect(first.userinfo["siret"]).toBe(two);
    const silent = await third.login(person.browser, { prompt: "none" });
    expect((await silent.signedIn()).userinfo["siret"]).toBe(two);

    const anew = await third.login(person.browser, { prompt: "select_establishment" });
    await person.choose(one);
    expect(person.browser.page.h1).toBe(heading);
    await person.browser.submit("Autoriser");
    expect((await anew.signedIn()).userinfo["siret"]).toBe(one);
    const earlier = await third.userinfo(first.tokens.access_token, person.sub);
    expect(earlier["siret"]).toBe(two);
  });

  it("does not freeze an establishment that was closed while the page was shown", async () => {
    const person = await newPerson(provider, one, two);
    const login = await third.login(person.browser);
    await person.signIn();
    await person.choose(two);
    await provider.closeAccess(person.email, two);
    await person.browser.submit("Autoriser");
    expect(person.browser.page.h1).toBe(heading);
    await person.browser.submit("Autoriser");
    expect((await login.signedIn()).userinfo["siret"]).toBe(one);
  });

  it("is asked of what is true now: allowed in another tab, it has nothing to ask and goes on", async () => {
    const person = await newPerson(provider, one);
    const { browser } = person;
    const first = await third.login(browser, { scope: "openid email" });
    await person.signIn();
    const left = browser.tab();
    await left.open(browser.page.url);
    const second = browser.tab();
    const other = await third.login(second, { scope: "openid email" });
    expect(second.page.h1).toBe(heading);
    await second.submit("Autoriser");
    await other.signedIn();
    await left.open(left.page.url);
    expect([left.page.status, left.page.h1]).toEqual([200, "Il ne reste rien à autoriser"]);
    await left.submit("Continuer");
    expect((await first.signedIn()).userinfo).toMatchObject({ email: person.email });
  });

  it("is not taken as given for more than was allowed in the other tab", async () => {
    const person = await newPerson(provider, one);
    const { browser } = person;
    await third.login(browser, { scope: "openid email profile" });
    await person.signIn();
    const left = browser.tab();
    await left.open(browser.page.url);
    const second = browser.tab();
    await third.login(second, { scope: "openid email" });
    await second.submit("Autoriser");
    await left.open(left.page.url);
    expect(left.page.h1).toBe(heading);
  });

  /** Does some work while the client's registration says this. */
  async function whileThirdIs(metadata: object, work: () => Promise<void>): Promise<void> {
    const { clients } = provider.application;
    const find = clients.find.bind(clients);
    const changed = { ...find("third"), ...metadata } as ReturnType<typeof find>;
    const found = jest.spyOn(clients, "find");
    found.mockImplementation((clientId) => (clientId === "third" ? changed : find(clientId)));
    try {
      await work();
    } finally {
      found.mockRestore();
    }
  }

  it("asks only for what its client may ask for still, and asks once", async () => {
    const person = await newPerson(provider, one);
    const login = await third.login(person.browser, { scope: "openid email profile" });
    await person.signIn();
    await whileThirdIs({ scope: "openid email" }, async () => {
      await person.browser.open(person.browser.page.url);
      const shown = person.browser.page.findAll("li").map(({ text }) => text);
      expect(shown).toEqual(["Un identifiant qui vous est propre", "Votre email"]);
      await person.browser.submit("Autoriser");
      const { userinfo, tokens } = await login.signedIn();
      expect(userinfo).toEqual({ sub: person.sub, email: person.email, email_verified: true });
      expect(tokens.scope).toBe("openid email");
    });
  });

  it("has nothing to ask for a client that is l'Opcommerce's own by now, and a refusal stands", async () => {
    for (const answer of ["Continuer", "Refuser"]) {
      const person = await newPerson(provider, one);
      const login = await third.login(person.browser, { scope: "openid email" });
      await person.signIn();
      const open = person.browser.tab();
      await open.open(person.browser.page.url);
      await whileThirdIs({ first_party: true }, async () => {
        if (answer === "Continuer") await open.open(open.page.url);
        await open.submit(answer);
        if (answer === "Refuser")
          expect(await login.refused()).toMatchObject({ error: "access_denied" });
        else expect((await login.signedIn()).userinfo).toMatchObject({ email: person.email });
      });
    }
  });

  it("leads back to the start when the account was disabled, or the client removed, meanwhile", async () => {
    const person = await newPerson(provider, one);
    await third.login(person.browser, { scope: "openid email" });
    await person.signIn();
    await provider.application.administration.setState(person.email, "disabled", "operator");
    for (const act of [
      () => person.browser.submit("Autoriser"),
      () => person.browser.open(person.browser.page.url),
    ]) {
      const page = await act();
      expect(page.status).toBe(410);
      expect(page.find("#primary")?.attribute("href")).toContain("http");
    }
  });

  it("is not asked by a first-party client, a native application neither", async () => {
    const person = await newPerson(provider, one);
    const phone = provider.party("phone");
    const login = await phone.login(person.browser);
    await person.signIn();
    expect((await login.signedIn()).userinfo["siret"]).toBe(one);
    const silent = await phone.login(person.browser, { prompt: "none" });
    expect((await silent.signedIn()).userinfo["siret"]).toBe(one);
  });
});
