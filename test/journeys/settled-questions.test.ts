import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import { enrolSecondFactor, shownSecret, totpCode } from "../support/second-factor.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { twoFactors } from "../../src/provider/authentication-levels.ts";

const [one, two] = sirets;

describe.each(databases)(
  "a question that answered itself while its page was open, on $name",
  (kind) => {
    let provider: TestProvider;
    beforeAll(async () => {
      provider = await startTestProvider(kind, {
        clients: { portal: {}, strict: { establishment_required: true } },
      });
    });
    afterAll(async () => {
      await provider.stop();
    });

    /** Somebody in front of the choice between two, of which the last has just been closed. */
    async function withoutChoice(client: "portal" | "strict") {
      const person = await newPerson(provider, one, two);
      const login = await provider.party(client).login(person.browser);
      await person.signIn();
      expect(person.browser.page.h1).toBe("Choisir un établissement");
      await provider.closeAccess(person.email, one);
      await provider.closeAccess(person.email, two);
      return { person, login, browser: person.browser };
    }

    it("says that nothing is left to choose, and goes on where none is needed", async () => {
      const { browser, login } = await withoutChoice("portal");
      await browser.open(browser.page.url);
      expect(browser.page.h1).toBe("Plus aucun établissement à choisir");
      await browser.submit("Continuer");
      expect((await login.signedIn()).userinfo).not.toHaveProperty("siret");
    });

    it("goes on with what was answered before: a sign-in that was asked for is not asked for again", async () => {
      const person = await newPerson(provider, one, two);
      const { browser } = person;
      const login = await provider.party("strict").login(browser, { prompt: "login" });
      await person.signIn();
      expect(browser.page.h1).toBe("Choisir un établissement");
      for (const siret of [one, two]) await provider.closeAccess(person.email, siret);
      await browser.open(browser.page.url);
      await browser.submit("Continuer");
      expect(browser.page.h1).toBe("Accès pas encore ouvert");
      await browser.submit("Retour au service");
      expect(await login.refused()).toMatchObject({ error: "access_denied" });
    });

    it("takes the answer of the open page for the same, and leads to « no access » where one is needed", async () => {
      const { browser, login } = await withoutChoice("strict");
      await browser.fill({ siret: one }).submit("Continuer");
      expect(browser.page.h1).toBe("Accès pas encore ouvert");
      await browser.submit("Retour au service");
      expect(await login.refused()).toMatchObject({ error: "access_denied" });
    });

    it("says that the access was opened, and nobody gives it up by the button of before", async () => {
      const person = await newPerson(provider);
      const { browser } = person;
      const login = await provider.party("strict").login(browser);
      await person.signIn();
      expect(browser.page.h1).toBe("Accès pas encore ouvert");
      const tab = browser.tab();
      await tab.open(browser.page.url);
      await provider.openAccess(person.email, one);
      await browser.open(browser.page.url);
      expect(browser.page.h1).toBe("Votre accès est ouvert");
      await tab.submit("Retour au service");
      expect((await login.signedIn()).userinfo).toMatchObject({ siret: one });
    });

    it("asks for no second factor that was removed, and turns none on that nobody asks for", async () => {
      const person = await newPerson(provider);
      const { browser } = person;
      const first = await provider.party("portal").login(browser, { acr_values: twoFactors });
      await person.signIn();
      await enrolSecondFactor(browser);
      await first.signedIn();
      const elsewhere = (await newPerson(provider)).browser;
      const login = await provider.party("portal").login(elsewhere);
      await person.signIn(elsewhere);
      expect(elsewhere.page.h1).toBe("Vérification en deux étapes");
      const { knex } = provider.application.database;
      await knex("totp_factors").where({ account_sub: person.sub }).delete();
      await elsewhere.open(elsewhere.page.url);
      expect(elsewhere.page.h1).toBe("Il ne reste rien à vérifier");
      await elsewhere.submit("Continuer");
      expect((await login.signedIn()).claims).toMatchObject({ sub: person.sub });

      const asked = (await newPerson(provider)).browser;
      await provider.party("portal").login(asked, { acr_values: twoFactors });
      await person.signIn(asked);
      expect(asked.page.h1).toBe("Activer la vérification en deux étapes");
    });

    it("takes the answer of a factor that was removed for no wrong one, and has another turned on", async () => {
      const person = await newPerson(provider);
      const { browser } = person;
      const first = await provider.party("portal").login(browser, { acr_values: twoFactors });
      await person.signIn();
      const { secret } = await enrolSecondFactor(browser);
      await first.signedIn();
      const elsewhere = (await newPerson(provider)).browser;
      const login = await provider.party("portal").login(elsewhere, { acr_values: twoFactors });
      await person.signIn(elsewhere);
      const { knex } = provider.application.database;
      await knex("totp_factors").where({ account_sub: person.sub }).delete();
      await knex("recovery_codes").where({ account_sub: person.sub }).delete();
      await elsewhere.fill({ code: totpCode(secret) }).submit("Continuer");
      expect(elsewhere.page).toMatchObject({
        status: 422,
        h1: "Activer la vérification en deux étapes",
      });
      expect(elsewhere.page.find(".error-summary")?.text).toContain("retiré entre-temps");
      await enrolSecondFactor(elsewhere);
      expect((await login.signedIn()).claims["amr"]).toContain("mfa");
    });

    it("takes the code of an enrolment that another tab has overtaken for no wrong one", async () => {
      const person = await newPerson(provider);
      const { browser } = person;
      const login = await provider.party("portal").login(browser, { acr_values: twoFactors });
      await person.signIn();
      const late = shownSecret(browser.page);
      const other = (await newPerson(provider)).browser;
      const turnedOn = await provider.party("portal").login(other, { acr_values: twoFactors });
      await person.signIn(other);
      const { secret } = await enrolSecondFactor(other);
      await turnedOn.signedIn();
      await browser.fill({ code: totpCode(late) }).submit();
      expect(browser.page).toMatchObject({ status: 422, h1: "Vérification en deux étapes" });
      expect(browser.page.find(".error-summary")?.text).toContain("activé entre-temps");
      await browser.fill({ code: totpCode(secret) }).submit("Continuer");
      expect((await login.signedIn()).claims["amr"]).toContain("mfa");
    });

    it("goes back to the service from the page that has a factor turned on", async () => {
      const person = await newPerson(provider);
      const { browser } = person;
      const login = await provider.party("portal").login(browser, { acr_values: twoFactors });
      await person.signIn();
      expect(browser.page.text).toContain(person.email);
      await browser.submit("Retour au service");
      expect(await login.refused()).toMatchObject({ error: "access_denied" });
    });

    it("asks for no second factor that another tab has proven", async () => {
      const person = await newPerson(provider);
      const { browser } = person;
      const first = await provider.party("portal").login(browser, { acr_values: twoFactors });
      await person.signIn();
      const { secret } = await enrolSecondFactor(browser);
      await first.signedIn();
      const other = (await newPerson(provider)).browser;
      const login = await provider.party("portal").login(other);
      await person.signIn(other);
      const tab = other.tab();
      await provider.party("strict").login(tab, { scope: "openid" });
      await tab.fill({ code: totpCode(secret) }).submit("Continuer");
      expect(tab.page.h1).toBe("Accès pas encore ouvert");
      await other.open(other.page.url);
      expect(other.page.h1).toBe("Il ne reste rien à vérifier");
      await other.submit("Continuer");
      expect((await login.signedIn()).claims["amr"]).toContain("mfa");
    });
  },
);
