import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import type { RelyingParty } from "../support/relying-party.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two, three] = sirets;

describe.each(databases)("siret_hint (contract §5), on $name", (kind) => {
  let provider: TestProvider;
  let portal: RelyingParty;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: {}, strict: { establishment_required: true } },
    });
    portal = provider.party("portal");
  });
  afterAll(async () => {
    await provider.stop();
  });

  it.each([one, "130 025 265 00013", "130.025.265-00013"])(
    "takes an open establishment without a question: %s",
    async (hint) => {
      const person = await newPerson(provider, one, two);
      const login = await portal.login(person.browser, { siret_hint: hint });
      await person.signIn();
      expect((await login.signedIn()).userinfo["siret"]).toBe(one);
    },
  );

  it.each([three, "12345678901234", "rien", "", "1".repeat(5000)])(
    "ignores what is not open to the account: %.20s",
    async (hint) => {
      const person = await newPerson(provider, one, two);
      const login = await portal.login(person.browser, { siret_hint: hint });
      await person.signIn();
      expect(person.browser.page.h1).toBe("Choisir un établissement");
      await person.choose(two);
      expect((await login.signedIn()).userinfo["siret"]).toBe(two);
    },
  );

  it("goes before what was remembered, answers prompt=none, and is remembered in its turn", async () => {
    const person = await newPerson(provider, one, two);
    await portal.login(person.browser);
    await person.signIn();
    await person.choose(one);
    const hinted = await portal.login(person.browser, { siret_hint: two, prompt: "none" });
    expect((await hinted.signedIn()).userinfo["siret"]).toBe(two);
    const after = await portal.login(person.browser, { prompt: "none" });
    expect((await after.signedIn()).userinfo["siret"]).toBe(two);
    const ignored = await portal.login(person.browser, { siret_hint: three, prompt: "none" });
    expect((await ignored.signedIn()).userinfo["siret"]).toBe(two);
  });

  it("opens nothing to an account that has no access", async () => {
    const person = await newPerson(provider);
    const login = await portal.login(person.browser, { siret_hint: one });
    await person.signIn();
    expect((await login.signedIn()).userinfo).not.toHaveProperty("siret");
    const strict = await provider.party("strict").login(person.browser, { siret_hint: one });
    expect(person.browser.page.h1).toBe("Accès pas encore ouvert");
    await person.browser.submit("Retour au service");
    expect(await strict.refused()).toMatchObject({ error: "access_denied" });
  });
});
