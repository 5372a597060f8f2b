import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import type { RelyingParty, SignedIn } from "../support/relying-party.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one] = sirets;
const scope = "openid email siret offline_access";

describe.each(databases)("what applications were allowed to know, on $name", (kind) => {
  let provider: TestProvider;
  let third: RelyingParty;
  let own: RelyingParty;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        third: { first_party: false, client_name: "Agenda <Formation>" },
        portal: { service_name: "Portail OF" },
      },
    });
    third = provider.party("third");
    own = provider.party("portal");
  });
  afterAll(async () => {
    await provider.stop();
  });

  const url = () => `${provider.issuer}/account/applications`;

  /** Somebody who allowed the application what it asked. */
  async function consented(): Promise<{ person: Person; signedIn: SignedIn }> {
    const person = await newPerson(provider, one);
    const login = await third.login(person.browser, { scope, prompt: "consent" });
    await person.signIn();
    await person.browser.submit("Autoriser");
    return { person, signedIn: await login.signedIn() };
  }

  /** The entry of one application, as it is read. */
  function entry(person: Person, name: string): string {
    const entries = person.browser.page.findAll(".entries li");
    return entries.find(({ text }) => text.includes(name))?.text ?? "";
  }

  it("are shown with their data, since when, and their last use", async () => {
    const { person } = await consented();
    await (await own.login(person.browser, { scope: "openid email" })).signedIn();
    await provider.application.applicationUses.write();
    await person.browser.open(url());
    expect(person.browser.page.h1).toBe("Mes applications");
    const shown = entry(person, "Agenda <Formation>");
    for (const part of [
      /Autorisée le \d/,
      /Dernière utilisation\s: \d/,
      "Votre email",
      "Le SIRET de l'établissement choisi",
      "L'accès à ces données en votre absence",
    ])
      expect(shown).toMatch(part);
    expect(shown).not.toContain("Votre prénom et votre nom");
    expect(entry(person, "Portail OF")).toMatch(/Service de l'Opcommerce, ouvert le \d/);
  });

  it("end at once when one is withdrawn: refresh, userinfo, introspection, and the consent itself", async () => {
    const { person, signedIn } = await consented();
    const portal = await (await own.login(person.browser, { scope: "openid" })).signedIn();
    const { access_token: access, refresh_token: refresh = "" } = signedIn.tokens;
    expect(await third.introspect(access)).toMatchObject({ active: true });
    await third.userinfo(access, person.sub);
    await person.browser.open(url());
    const forms = person.browser.page.findAll('[name="client_id"]');
    expect(forms).toHaveLength(2);
    await person.browser.post(`${url()}/withdraw`, { client_id: "third" }, url());
    expect(person.browser.page.url).toBe(`${url()}?done=withdrawn`);
    expect(person.browser.page.text).toContain("L'autorisation a été retirée");
    expect(entry(person, "Agenda")).toBe("");

    await expect(third.refresh(refresh)).rejects.toMatchObject({ error: "invalid_grant" });
    await expect(third.userinfo(access, person.sub)).rejects.toThrow();
    for (const token of [access, refresh])
      expect(await third.introspect(token)).toEqual({ active: false });
    // The others live on, and the session too.
    await own.userinfo(portal.tokens.access_token, person.sub);
    const silent = await third.login(person.browser, { scope, prompt: "none" });
    expect(await silent.refused()).toMatchObject({ error: "consent_required" });
    const events = provider.log.filter((line) => line.includes('"event":"consent-withdrawn"'));
    expect(JSON.parse(events.at(-1) ?? "{}")).toMatchObject({
      ...{ outcome: "accepted", sub: person.sub, clientId: "third" },
    });
  });

  it("end by a button of the page, in the browser of the person", async () => {
    const { person, signedIn } = await consented();
    await person.browser.open(url());
    await person.browser.submit("Retirer l'autorisation donnée à Agenda <Formation>");
    expect(person.browser.page.text).toContain("Aucune application n'a accès");
    expect(await third.introspect(signedIn.tokens.access_token)).toEqual({ active: false });
    // Who loads the address of the form anew finds the page again.
    await person.browser.open(`${url()}/withdraw`);
    expect(person.browser.page).toMatchObject({ url: url(), h1: "Mes applications" });
  });

  it("of another person are not touched, and what is not there is no event", async () => {
    const { person, signedIn } = await consented();
    const stranger = await newPerson(provider);
    await own.login(stranger.browser, { scope: "openid" });
    await stranger.signIn();
    const before = provider.log.filter((line) => line.includes("consent-withdrawn")).length;
    for (const clientId of ["third", "unknown", "opcommerce\0", ""])
      await stranger.browser.post(`${url()}/withdraw`, { client_id: clientId }, url());
    expect(stranger.browser.page.url).toBe(url());
    expect(await third.introspect(signedIn.tokens.access_token)).toMatchObject({ active: true });
    expect(provider.log.filter((line) => line.includes("consent-withdrawn"))).toHaveLength(before);
    expect(person.sub).not.toBe(stranger.sub);
  });

  it("of a code under way end with the withdrawal: its exchange is refused", async () => {
    const { person } = await consented();
    const { artifacts } = provider.application;
    const put = artifacts.put.bind(artifacts);
    expect(
      await put("Grant", "late", { payload: {}, accountId: person.sub, clientId: "third" }, 60),
    ).toBe(true);
    const code = { payload: { grantId: "late" }, accountId: person.sub, grantId: "late" };
    expect(await put("AuthorizationCode", "before", code, 60)).toBe(true);
    await person.browser.open(url());
    await person.browser.post(`${url()}/withdraw`, { client_id: "third" }, url());
    expect(await artifacts.find("AuthorizationCode", "before")).toBeUndefined();
    expect(await put("AuthorizationCode", "after", code, 60)).toBe(false);
  });

  it("are in the data of the person, and go with the account", async () => {
    const { person } = await consented();
    await provider.application.applicationUses.write();
    const { application } = provider;
    const account = await application.findAccount(person.sub);
    if (!account) throw new Error("no account");
    const own = await application.personalData.export(account);
    expect(own["applications"]).toMatchObject([{ client_id: "third", name: "Agenda <Formation>" }]);
    const { knex } = provider.application.database;
    const uses = () => knex("application_uses").where({ account_sub: person.sub });
    expect(await uses()).toHaveLength(1);
    await application.deleteAccount({ account, by: "operator" });
    expect(await uses()).toEqual([]);
    provider.application.applicationUses.note(person.sub, "third");
    await provider.application.applicationUses.write();
    expect(await uses()).toEqual([]);
  });
});
