import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import type { RelyingParty, SignedIn } from "../support/relying-party.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const [one, two] = sirets;

describe.each(databases)("what was granted in a session ends with it, on $name", (kind) => {
  let provider: TestProvider;
  let portal: RelyingParty;
  let other: RelyingParty;
  let third: RelyingParty;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: {},
        other: {},
        third: { first_party: false },
        strict: { establishment_required: true },
      },
    });
    [portal, other, third] = [
      provider.party("portal"),
      provider.party("other"),
      provider.party("third"),
    ];
  });
  afterAll(async () => {
    await provider.stop();
  });

  async function granted(
    person: Person,
    siret: string,
    { party = portal, browser = person.browser, parameters = {} } = {},
  ): Promise<SignedIn> {
    const anew = { prompt: "select_establishment", ...parameters };
    const login = await party.login(browser, anew);
    if (browser.page.h1 === "Connexion") await person.signIn(browser);
    if (browser.page.h1 === "Choisir un établissement") await person.choose(siret, browser);
    if (browser.page.h1 === "Autoriser l'accès à vos données") await browser.submit("Autoriser");
    return login.signedIn();
  }

  async function signOut({ tokens }: SignedIn, browser: BrowserAgent): Promise<void> {
    await browser.open(await portal.endSessionUrl(tokens.id_token ?? ""));
    await browser.submit("Se déconnecter");
  }

  /** Whether the access token is still good; the refresh token, where there is one, must agree. */
  async function isAlive({ tokens }: SignedIn, party = portal): Promise<boolean | undefined> {
    const { active } = await party.introspect(tokens.access_token);
    if (tokens.refresh_token) {
      const refresh = await party.introspect(tokens.refresh_token);
      expect(refresh.active).toBe(active);
    }
    return active;
  }

  it("at every client, superseded choices too; other browsers and people stay", async () => {
    const person = await newPerson(provider, one, two);
    const neighbour = await newPerson(provider, one, two);
    const home = new BrowserAgent();
    const first = await granted(person, one);
    const second = await granted(person, two);
    const elsewhere = await granted(person, two, { party: other });
    const consented = await granted(person, one, {
      party: third,
      parameters: { scope: "openid siret" },
    });
    const atHome = await granted(person, one, { browser: home });
    const others = await granted(neighbour, one);
    await signOut(second, person.browser);
    expect(await isAlive(first)).toBe(false);
    expect(await isAlive(second)).toBe(false);
    expect(await isAlive(elsewhere, other)).toBe(false);
    expect(await isAlive(consented, third)).toBe(false);
    expect(await isAlive(atHome)).toBe(true);
    expect(await isAlive(others)).toBe(true);
    await expect(portal.refresh(first.tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  it.each([
    ["a first-party client", "portal"],
    ["another party's client", "third"],
  ])("but for offline_access, of %s", async (_kind, clientId) => {
    const party = provider.party(clientId);
    const person = await newPerson(provider, one, two);
    const offline = await granted(person, one, { party, parameters: { prompt: "consent" } });
    expect(offline.tokens.scope).toContain("offline_access");
    // Without the page a first-party client gets it too, but nothing that outlives the session.
    const scope = clientId === "portal" ? {} : { scope: "openid siret" };
    const usual = await party.login(person.browser, scope);
    const bound = await usual.signedIn();
    expect(bound.userinfo["siret"]).toBe(one);
    await signOut(await granted(person, one), person.browser);
    expect(await isAlive(bound, party)).toBe(false);
    expect(await isAlive(offline, party)).toBe(true);
    const refreshed = await party.refresh(offline.tokens.refresh_token ?? "");
    const userinfo = await party.userinfo(refreshed.access_token, person.sub);
    expect(userinfo["siret"]).toBe(one);
  });

  it("when somebody else signs in on the same browser, without JavaScript", async () => {
    const person = await newPerson(provider, one, two);
    const next = await newPerson(provider, two);
    const ended = [await granted(person, one), await granted(person, two)];
    const elsewhere = await granted(person, one, { party: other });
    const login = await portal.login(person.browser, { prompt: "login" });
    await person.browser.fill({ email: next.email, password: goodPassword }).submit();
    const result = await login.signedIn();
    expect(result.userinfo).toMatchObject({ sub: next.sub, siret: two });
    for (const authorization of ended) expect(await isAlive(authorization)).toBe(false);
    expect(await isAlive(elsewhere, other)).toBe(false);
    expect(await isAlive(result)).toBe(true);
    const silent = await other.login(person.browser, { prompt: "none" });
    expect((await silent.signedIn()).userinfo.sub).toBe(next.sub);
  });

  it("but not when the same person signs in again", async () => {
    const person = await newPerson(provider, one);
    const before = await granted(person, one);
    const login = await portal.login(person.browser, { prompt: "login" });
    await person.signIn();
    await login.signedIn();
    expect(await isAlive(before)).toBe(true);
  });

  it.each([
    ["« Changer de compte »", { scope: "openid siret" }],
    ["prompt=select_account", { prompt: "select_account" }],
  ])("when another account is asked for by %s", async (_how, parameters) => {
    const person = await newPerson(provider);
    const next = await newPerson(provider, two);
    const before = await granted(person, "");
    const strict = provider.party("strict");
    const login = await strict.login(person.browser, parameters);
    if (person.browser.page.h1 !== "Connexion") await person.browser.submit("Changer de compte");
    expect(person.browser.page.h1).toBe("Connexion");
    await next.signIn(person.browser);
    expect((await login.signedIn()).userinfo).toMatchObject({ sub: next.sub, siret: two });
    expect(await isAlive(before)).toBe(false);
  });

  it("also when it fails half way: who tries again ends all of it", async () => {
    const person = await newPerson(provider, one, two);
    const first = await granted(person, one);
    const second = await granted(person, two);
    await person.browser.open(await portal.endSessionUrl(second.tokens.id_token ?? ""));
    const { artifacts } = provider.application;
    const removal = jest.spyOn(artifacts, "removeSession");
    removal.mockRejectedValueOnce(new Error("the store is away"));
    await person.browser.submit("Se déconnecter");
    removal.mockRestore();
    expect(person.browser.page.status).toBe(500);
    await signOut(second, person.browser);
    expect([await isAlive(first), await isAlive(second)]).toEqual([false, false]);
  });

  it("also what another tab is granted at that very moment", async () => {
    const person = await newPerson(provider, one);
    const before = await granted(person, one);
    const { artifacts } = provider.application;
    const [reached, may] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const put = artifacts.put.bind(artifacts);
    const held = jest.spyOn(artifacts, "put").mockImplementation(async (...artifact) => {
      if (artifact[0] === "Grant") {
        reached.resolve(undefined);
        await may.promise;
      }
      return put(...artifact);
    });
    const login = other.login(person.browser.tab());
    await reached.promise;
    await signOut(before, person.browser);
    may.resolve(undefined);
    expect(await (await login).refused()).toMatchObject({ error: "access_denied" });
    held.mockRestore();
    expect(await artifacts.grantsOf(person.sub)).toEqual([]);
  });
});
