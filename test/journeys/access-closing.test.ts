import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { parseSiret } from "../../src/establishments/index.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import type { RelyingParty, SignedIn } from "../support/relying-party.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two] = sirets;

describe.each(databases)("authorizations end with what they stand on, on $name", (kind) => {
  let provider: TestProvider;
  let portal: RelyingParty;
  let third: RelyingParty;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: {}, third: { first_party: false } },
    });
    portal = provider.party("portal");
    third = provider.party("third");
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** An authorization of this person for this establishment. */
  async function authorized(person: Person, siret: string, party = portal): Promise<SignedIn> {
    const prompt = party === third ? "select_establishment consent" : "select_establishment";
    const login = await party.login(person.browser, { prompt });
    if (person.browser.page.h1 === "Connexion") await person.signIn();
    if (person.browser.page.h1 === "Choisir un établissement") await person.choose(siret);
    if (party === third) await person.browser.submit("Autoriser");
    return login.signedIn();
  }

  /** What refresh, userinfo and introspection of both tokens say: "yes" each, or "no" each. */
  async function answers({ tokens, claims }: SignedIn, party = portal): Promise<string[]> {
    const refresh = tokens.refresh_token ?? "";
    const yesOrNo = (promise: Promise<unknown>) =>
      promise.then(
        () => "yes",
        () => "no",
      );
    const active = async (token: string) => ((await party.introspect(token)).active ? "yes" : "no");
    return [
      await yesOrNo(party.refresh(refresh)),
      await yesOrNo(party.userinfo(tokens.access_token, claims.sub)),
      await active(tokens.access_token),
      await active(refresh),
    ];
  }
  const alive = ["yes", "yes", "yes", "yes"];
  const dead = ["no", "no", "no", "no"];

  describe("closing an access", () => {
    it("ends what was authorized for it at every client, and nothing else", async () => {
      const person = await newPerson(provider, one, two);
      const neighbour = await newPerson(provider, one);
      const ended = await authorized(person, one);
      const endedElsewhere = await authorized(person, one, third);
      const kept = await authorized(person, two);
      const others = await authorized(neighbour, one);
      await provider.closeAccess(person.email, one);
      expect(await answers(ended)).toEqual(dead);
      expect(await answers(endedElsewhere, third)).toEqual(dead);
      expect(await answers(kept)).toEqual(alive);
      expect(await answers(others)).toEqual(alive);
    });

    it("is not undone by opening it again", async () => {
      const person = await newPerson(provider, one);
      const ended = await authorized(person, one);
      await provider.closeAccess(person.email, one);
      await provider.openAccess(person.email, one);
      expect(await answers(ended)).toEqual(dead);
      const login = await portal.login(person.browser, { prompt: "none" });
      expect((await login.signedIn()).userinfo["siret"]).toBe(one);
    });

    it("is forgotten as the remembered choice: the one that is left is taken", async () => {
      const person = await newPerson(provider, one, two);
      await authorized(person, one);
      await provider.closeAccess(person.email, one);
      const login = await portal.login(person.browser, { prompt: "none" });
      expect((await login.signedIn()).userinfo["siret"]).toBe(two);
    });

    it("leaves what was authorized for no establishment alone", async () => {
      const person = await newPerson(provider, one);
      const login = await portal.login(person.browser, { scope: "openid establishments" });
      await person.signIn();
      const authorization = await login.signedIn();
      await provider.closeAccess(person.email, one);
      expect(await answers(authorization)).toEqual(alive);
      const { tokens } = authorization;
      const userinfo = await portal.userinfo(tokens.access_token, person.sub);
      expect(userinfo).not.toHaveProperty("establishments");
    });

    it("is true to the second for an access with an end, before any job has run", async () => {
      const person = await newPerson(provider, two);
      const start = Math.floor(Date.now() / 1000);
      const siret = parseSiret(one);
      const account = await provider.application.administration.find(person.email);
      if (!siret.accepted || !account.accepted) throw new Error("the test is wrong");
      const untilAt = start + 300;
      const access = { account: account.value, sirets: [siret.value], by: "operator" as const };
      const opened = await provider.application.accesses.open({ ...access, untilAt });
      expect(opened.accepted).toBe(true);
      const ending = await authorized(person, one);
      const staying = await authorized(person, two);
      fakeDate((untilAt - 1) * 1000);
      expect(await answers(ending)).toEqual(alive);
      fakeDate(untilAt * 1000);
      expect(await answers(ending)).toEqual(dead);
      expect(await answers(staying)).toEqual(alive);
    });
  });

  describe("disabling an account", () => {
    it("ends every authorization and session at once; enabling it brings none back", async () => {
      const person = await newPerson(provider, one);
      const neighbour = await newPerson(provider, one);
      const authorization = await authorized(person, one);
      const offline = await authorized(person, one, third);
      const others = await authorized(neighbour, one);
      const { administration } = provider.application;
      expect(await administration.setState(person.email, "disabled", "operator")).toMatchObject({
        accepted: true,
      });
      expect(await answers(authorization)).toEqual(dead);
      expect(await answers(offline, third)).toEqual(dead);
      expect(await answers(others)).toEqual(alive);
      const silent = await portal.login(person.browser, { prompt: "none" });
      expect(await silent.refused()).toMatchObject({ error: "login_required" });
      const login = await portal.login(person.browser);
      await person.signIn();
      expect([person.browser.page.status, person.browser.page.h1]).toEqual([422, "Connexion"]);

      await administration.setState(person.email, "active", "operator");
      expect(await answers(authorization)).toEqual(dead);
      await person.signIn();
      expect(await answers(await login.signedIn())).toEqual(alive);
    });

    it("refuses a code that was given before, and a choice that was asked before", async () => {
      const person = await newPerson(provider, one, two);
      await portal.login(person.browser);
      await person.signIn();
      expect(person.browser.page.h1).toBe("Choisir un établissement");
      await provider.application.administration.setState(person.email, "disabled", "operator");
      await person.browser.fill({ siret: one }).submit("Continuer");
      expect([person.browser.page.status, person.browser.page.lang]).toEqual([410, "fr"]);
      await person.browser.click("#primary");
      expect(person.browser.page.url).toBe(`${portal.origin}/`);
      const fresh = await portal.login(new BrowserAgent(), { prompt: "none" });
      expect(await fresh.refused()).toMatchObject({ error: "login_required" });
    });
  });
});
