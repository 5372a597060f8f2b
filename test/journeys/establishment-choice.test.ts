import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import type { RelyingParty } from "../support/relying-party.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two, three] = sirets;

describe.each(databases)(
  "the establishment of an authorization (contract §5), on $name",
  (kind) => {
    let provider: TestProvider;
    let portal: RelyingParty;
    let strict: RelyingParty;

    beforeAll(async () => {
      provider = await startTestProvider(kind, {
        clients: {
          portal: {},
          second: {},
          strict: {
            establishment_required: true,
            service_name: "Portail OF",
            space_name: "OF",
          },
        },
      });
      portal = provider.party("portal");
      strict = provider.party("strict");
    });
    afterAll(async () => {
      await provider.stop();
    });

    it("may be left unchosen: « Retour au service » answers access_denied, and choosing is asked again", async () => {
      const person = await newPerson(provider, one, two);
      const login = await portal.login(person.browser);
      await person.signIn();
      await person.browser.submit("Retour au service");
      expect(await login.refused()).toMatchObject({ error: "access_denied" });
      await portal.login(person.browser);
      expect(person.browser.page.h1).toBe("Choisir un établissement");
    });

    describe("when none is open", () => {
      it("leaves the claims out for a client that does not need one", async () => {
        const person = await newPerson(provider);
        const login = await portal.login(person.browser);
        await person.signIn();
        const { userinfo } = await login.signedIn();
        for (const claim of ["siret", "siren", "establishment_name", "establishments"]) {
          expect(userinfo).not.toHaveProperty(claim);
        }
      });

      it("tells that no access is open where one is needed, whatever scope is asked", async () => {
        for (const scope of ["openid siret", "openid"]) {
          const person = await newPerson(provider);
          const login = await strict.login(person.browser, { scope });
          await person.signIn();
          expect(person.browser.page.text).toContain(
            "Vous ne possédez pas encore les autorisations pour accéder au Portail OF de l'Opcommerce. Merci de vous rapprocher de votre correspondant de l'Opcommerce pour demander l'accès à l'espace OF de votre organisme.",
          );
          expect(person.browser.page.find("#primary")?.text).toBe("Envoyer la demande");
          await person.browser.submit("Retour au service");
          expect(await login.refused()).toMatchObject({ error: "access_denied" });
          const silent = await strict.login(person.browser, { scope, prompt: "none" });
          expect(await silent.refused()).toMatchObject({ error: "access_denied" });
        }
      });

      it("lets the person in as soon as one is opened, on the page that is still shown", async () => {
        const person = await newPerson(provider);
        await strict.login(person.browser);
        await person.signIn();
        await provider.openAccess(person.email, one);
        const again = await strict.login(person.browser);
        expect((await again.signedIn()).userinfo["siret"]).toBe(one);
      });

      it("lets another account sign in without JavaScript by « Changer de compte »", async () => {
        const person = await newPerson(provider);
        const holder = await newPerson(provider, one);
        const login = await strict.login(person.browser);
        await person.signIn();
        await person.browser.submit("Changer de compte");
        expect(person.browser.page.h1).toBe("Connexion");
        await holder.signIn(person.browser);
        expect((await login.signedIn()).userinfo).toMatchObject({ sub: holder.sub, siret: one });
      });
    });

    describe("when one is open", () => {
      it("takes it without a question, even when a choice is asked for", async () => {
        const person = await newPerson(provider, one);
        const login = await portal.login(person.browser, { prompt: "select_establishment" });
        await person.signIn();
        expect((await login.signedIn()).userinfo["siret"]).toBe(one);
        const silent = await portal.login(person.browser, { prompt: "none" });
        expect((await silent.signedIn()).userinfo["siret"]).toBe(one);
      });
    });

    describe("when several are open", () => {
      it("lets the person choose, with each SIRET as 3-3-3-5", async () => {
        const person = await newPerson(provider, one, two, three);
        const login = await portal.login(person.browser, { scope: "openid siret" });
        await person.signIn();
        const { page } = person.browser;
        expect(page.h1).toBe("Choisir un établissement");
        expect(page.findAll("input[name=siret]").map((each) => each.attribute("value"))).toEqual([
          ...sirets,
        ]);
        expect(page.text).toContain("130 025 265 00013");
        expect(page.find("#primary")?.text).toBe("Continuer");
        expect(page.findAll("input[checked]")).toEqual([]);
        await person.choose(two);
        expect((await login.signedIn()).userinfo).toMatchObject({ siret: two });
      });

      it("refuses no choice, and one that is not open, with 422 and nothing else changed", async () => {
        const person = await newPerson(provider, one, two);
        const login = await portal.login(person.browser);
        await person.signIn();
        await person.browser.submit("Continuer");
        const { page } = person.browser;
        expect([page.status, page.title.startsWith("Erreur - ")]).toEqual([422, true]);
        expect(page.text).toContain("Choisissez un établissement.");
        for (const siret of [three, "rien", "130 025 265 00013"]) {
          await person.browser.page.form().forge({ siret }).submit();
          expect(person.browser.page.status).toBe(422);
          expect(person.browser.page.text).toContain("Cet établissement ne vous est pas ouvert.");
        }
        await person.choose(one);
        expect((await login.signedIn()).userinfo["siret"]).toBe(one);
      });

      it("refuses one that was closed while the page was shown", async () => {
        const person = await newPerson(provider, one, two, three);
        const login = await portal.login(person.browser);
        await person.signIn();
        await provider.closeAccess(person.email, three);
        await person.choose(three);
        expect(person.browser.page.status).toBe(422);
        expect(person.browser.page.findAll("input[name=siret]")).toHaveLength(2);
        await person.choose(two);
        expect((await login.signedIn()).userinfo["siret"]).toBe(two);
      });

      it("asks nothing of a client that asks for none", async () => {
        const person = await newPerson(provider, one, two);
        const login = await portal.login(person.browser, { scope: "openid establishments" });
        await person.signIn();
        const { userinfo } = await login.signedIn();
        expect(userinfo).not.toHaveProperty("siret");
        expect(userinfo["establishments"]).toHaveLength(2);
        const required = await strict.login(person.browser, { scope: "openid" });
        expect((await required.signedIn()).userinfo).not.toHaveProperty("siret");
      });

      it("asks when a claim is asked by the claims parameter alone", async () => {
        const person = await newPerson(provider, one, two);
        const claims = JSON.stringify({ id_token: { siret: null }, userinfo: { siren: null } });
        const login = await portal.login(person.browser, { scope: "openid", claims });
        await person.signIn();
        await person.choose(two);
        const signedIn = await login.signedIn();
        expect(signedIn.claims["siret"]).toBe(two);
        expect(signedIn.userinfo).toEqual({ sub: person.sub, siren: two.slice(0, 9) });
      });

      it("remembers the choice for that session and client, until it is asked anew", async () => {
        const person = await newPerson(provider, one, two);
        const first = await portal.login(person.browser);
        await person.signIn();
        await person.choose(two);
        await first.signedIn();
        const second = await portal.login(person.browser, { prompt: "none" });
        expect((await second.signedIn()).userinfo["siret"]).toBe(two);
        await portal.login(person.browser, { scope: "openid" });
        const third = await portal.login(person.browser);
        expect((await third.signedIn()).userinfo["siret"]).toBe(two);

        const elsewhere = await provider.party("second").login(person.browser, { prompt: "none" });
        expect(await elsewhere.refused()).toMatchObject({ error: "interaction_required" });
        await provider.party("second").login(person.browser);
        expect(person.browser.page.h1).toBe("Choisir un établissement");

        const anew = await portal.login(person.browser, { prompt: "select_establishment" });
        expect(person.browser.page.h1).toBe("Choisir un établissement");
        await person.choose(one);
        expect((await anew.signedIn()).userinfo["siret"]).toBe(one);
        const last = await portal.login(person.browser);
        expect((await last.signedIn()).userinfo["siret"]).toBe(one);
      });
    });
  },
);
