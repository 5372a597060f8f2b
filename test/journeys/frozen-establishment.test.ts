import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import type { RelyingParty, SignedIn } from "../support/relying-party.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two, three] = sirets;

describe.each(databases)("an establishment frozen in its authorization, on $name", (kind) => {
  let provider: TestProvider;
  let portal: RelyingParty;
  let other: RelyingParty;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {}, other: {} } });
    portal = provider.party("portal");
    other = provider.party("other");
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** Signs in when asked, and chooses anew. */
  async function choose(
    person: Person,
    siret: string,
    { browser = person.browser, party = portal } = {},
  ): Promise<SignedIn> {
    const login = await party.login(browser, { prompt: "select_establishment" });
    if (browser.page.h1 === "Connexion") await person.signIn(browser);
    await person.choose(siret, browser);
    return login.signedIn();
  }

  /** What the tokens of an authorization say now: userinfo, and userinfo after a refresh. */
  async function said({ tokens, claims }: SignedIn, party = portal): Promise<unknown[]> {
    const refreshed = await party.refresh(tokens.refresh_token ?? "");
    const answers = [
      await party.userinfo(tokens.access_token, claims.sub),
      await party.userinfo(refreshed.access_token, claims.sub),
    ];
    return answers.map(({ siret }) => siret);
  }

  it("says the earlier siret for ever, whatever is chosen later in the same session", async () => {
    const person = await newPerson(provider, one, two, three);
    const first = await choose(person, one);
    const second = await choose(person, two);
    const third = await choose(person, three);
    const back = await choose(person, one);
    for (const [authorization, siret] of [
      [first, one],
      [second, two],
      [third, three],
      [back, one],
    ] as const) {
      expect(await said(authorization)).toEqual([siret, siret]);
    }
  });

  it("makes a new grant of a new choice, and uses the grant again for the same one", async () => {
    const person = await newPerson(provider, one, two);
    const first = await choose(person, one);
    const same = await choose(person, one);
    const another = await choose(person, two);
    await portal.revoke(another.tokens.refresh_token ?? "");
    expect(await said(first)).toEqual([one, one]);
    await portal.revoke(same.tokens.refresh_token ?? "");
    await expect(portal.refresh(first.tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  it("does not mix two browsers, nor two clients, however they take turns", async () => {
    const person = await newPerson(provider, one, two, three);
    const office = new BrowserAgent();
    const home = new BrowserAgent();
    const pages = [
      [office, portal, one],
      [home, portal, two],
      [office, other, three],
      [home, other, one],
    ] as const;
    const logins = [];
    for (const [browser, party] of pages) {
      logins.push(await party.login(browser));
      if (browser.page.h1 === "Connexion") await person.signIn(browser);
      if (browser.page.h1 !== "Choisir un établissement") throw new Error(browser.page.describe());
      const siret = pages[logins.length - 1]?.[2] ?? "";
      await person.choose(siret, browser);
    }
    const results = await Promise.all(logins.map((login) => login.signedIn()));
    for (const [index, [browser, party, siret]] of pages.entries()) {
      const result = results[index];
      if (!result) throw new Error("a login without a result");
      expect(await said(result, party)).toEqual([siret, siret]);
      const again = await party.login(browser, { prompt: "none" });
      expect((await again.signedIn()).userinfo["siret"]).toBe(siret);
    }
  });

  it("keeps apart two tabs that ask at the same time, answered in either order", async () => {
    const person = await newPerson(provider, one, two);
    await choose(person, one);
    const tabs = [person.browser.tab(), person.browser.tab()] as const;
    const anew = { prompt: "select_establishment" };
    const first = await portal.login(tabs[0], anew);
    const second = await portal.login(tabs[1], anew);
    await person.choose(two, tabs[1]);
    await person.choose(one, tabs[0]);
    expect(await said(await first.signedIn())).toEqual([one, one]);
    expect(await said(await second.signedIn())).toEqual([two, two]);
  });

  it("is not forgotten by a session of days in which the establishment is not always asked", async () => {
    const start = Date.now();
    const person = await newPerson(provider, one, two);
    const first = await choose(person, two);
    for (const hours of [11, 22, 33]) {
      fakeDate(start + hours * 3_600_000);
      const login = await portal.login(person.browser, { scope: "openid", prompt: "none" });
      expect((await login.signedIn()).userinfo).not.toHaveProperty("siret");
    }
    const login = await portal.login(person.browser, { prompt: "none" });
    expect((await login.signedIn()).userinfo["siret"]).toBe(two);
    const refreshed = await portal.refresh(first.tokens.refresh_token ?? "");
    const userinfo = await portal.userinfo(refreshed.access_token, person.sub);
    expect(userinfo["siret"]).toBe(two);
  });
});
