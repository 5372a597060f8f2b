import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson } from "../support/person.ts";
import { enrolSecondFactor, shownSecret, totpCode } from "../support/second-factor.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const confirm = "Confirmez que c'est vous";
const goOn = "Reprendre où vous en étiez";

/** A form of one's own pages that comes when the proof is too old waits until its person has confirmed who they are. */
describe.each(databases)("a form of one's own pages, on $name", (kind) => {
  let provider: TestProvider;
  const start = Math.floor(Date.now() / 1000) * 1000;
  const at = (minute: number) => fakeDate(start + minute * 60_000);

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const signedIn = async () => {
    at(0);
    const person = await newPerson(provider);
    await person.browser.open(`${provider.issuer}/account`);
    await person.signIn();
    return person;
  };
  const application = () => `${provider.issuer}/account/security/application`;

  it("is asked again filled with all but its code", async () => {
    const { browser } = await signedIn();
    await browser.open(application());
    const secret = shownSecret(browser.page);
    at(16);
    await browser.fill({ code: totpCode(secret) }).submit();
    expect(browser.page.h1).toBe(confirm);
    const rows = await provider.application.database.knex("kept_forms").select<object[]>();
    expect(rows.length).toBeGreaterThan(0);
    await browser.fill({ password: goodPassword }).submit();
    expect(browser.page).toMatchObject({ status: 200, h1: goOn });
    expect(browser.page.text).toContain("activer une application d'authentification");
    await browser.submit("Continuer");
    // The same secret: what was scanned is not lost.
    expect(browser.page.status).toBe(422);
    expect(shownSecret(browser.page)).toBe(secret);
    expect(browser.page.find("#code")?.attribute("value") ?? "").toBe("");
    // Nothing was done: looked at again, in another language too, it still waits.
    await browser.open(browser.page.url);
    expect(browser.page).toMatchObject({ status: 200, h1: goOn });
    await browser.submit("Continuer");
    expect(browser.page.status).toBe(422);
    await browser.fill({ code: totpCode(secret) }).submit();
    expect(browser.page.h1).toBe("Vos codes de secours");
  });

  it("is told on « Mon compte » to who comes back by another way, until its page was looked at", async () => {
    const person = await signedIn();
    const { browser } = person;
    const account = `${provider.issuer}/account`;
    const notice = () => browser.page.find(".notice")?.text;
    await browser.open(application());
    const secret = shownSecret(browser.page);
    at(16);
    await browser.fill({ code: totpCode(secret) }).submit();
    expect(browser.page.h1).toBe(confirm);
    // The tab was closed: they sign in anew.
    browser.cookies.clear("session");
    await browser.open(account);
    await person.signIn();
    expect(notice()).toContain("attend que vous le confirmiez");
    await browser.click("activer une application d'authentification");
    expect(browser.page).toMatchObject({ status: 200, h1: goOn });
    await browser.submit("Abandonner");
    expect([browser.page.url, notice()]).toEqual([account, undefined]);
  });

  it("is told to nobody else who signs in to that browser", async () => {
    const { browser } = await signedIn();
    const other = await newPerson(provider);
    await browser.open(application());
    at(16);
    await browser.fill({ code: "000000" }).submit();
    browser.cookies.clear("session");
    await browser.open(`${provider.issuer}/account`);
    await other.signIn(browser);
    expect(browser.page).toMatchObject({ status: 200, h1: "Mon compte" });
    expect(browser.page.find(".notice")).toBeUndefined();
  });

  it("without secret is carried out by one press, once, by its person alone", async () => {
    const { browser, sub } = await signedIn();
    await browser.open(application());
    const { secret } = await enrolSecondFactor(browser);
    at(16);
    await browser.open(`${provider.issuer}/account/security`);
    await browser.post(`${application()}/remove`, {}, `${provider.issuer}/account/security`);
    expect(browser.page.h1).toBe(confirm);
    await browser.fill({ password: goodPassword }).submit();
    await browser.fill({ code: totpCode(secret) }).submit();
    expect(browser.page.h1).toBe(goOn);
    const kept = browser.page.url;
    const other = await newPerson(provider);
    await other.browser.open(`${provider.issuer}/account`);
    await other.signIn();
    expect((await other.browser.open(kept)).status).toBe(410);
    expect((await other.browser.post(kept, {}, kept)).status).toBe(410);
    await browser.submit("Continuer");
    // The question that its act asks first leads where the act is, not where the form was kept.
    const question = "Retirer votre application d'authentification ?";
    expect(browser.page.h1).toBe(question);
    expect(await provider.application.secondFactors.has(sub)).toBe(true);
    // A question did nothing: in another language it still waits, and asks again.
    await browser.open(kept);
    expect(browser.page).toMatchObject({ status: 200, h1: goOn });
    await browser.submit("Continuer");
    expect(browser.page.h1).toBe(question);
    await browser.submit("Retirer l'application");
    expect(await provider.application.secondFactors.has(sub)).toBe(false);
    expect((await browser.open(kept)).status).toBe(410);
  });

  it("is void with what its session was proven by", async () => {
    const { browser, email } = await signedIn();
    await browser.open(application());
    at(16);
    await browser.fill({ code: "123456" }).submit();
    expect(browser.page.h1).toBe(confirm);
    await provider.application.administration.endSessions(email, "operator");
    await browser.open(`${provider.issuer}/account`);
    await browser.fill({ email, password: goodPassword }).submit();
    const { knex } = provider.application.database;
    expect((await knex("kept_forms").select()).length).toBeGreaterThan(0);
    await browser.open(`${provider.issuer}/account/kept/${"x".repeat(43)}`);
    expect(browser.page.status).toBe(410);
  });

  describe("sent when nobody is signed in any more", () => {
    const page = () => `${provider.issuer}/account`;
    const names = { given_name: "Zoé", family_name: "Dupont" };
    const send = (browser: BrowserAgent, fields: Readonly<Record<string, string>> = names) =>
      browser.post(`${page()}/profile`, fields, page());
    const ended = ({ cookies }: BrowserAgent) => {
      for (const { name } of cookies.all()) if (/^session/.test(name)) cookies.clear(name);
    };
    const nameOf = async (sub: string) =>
      (await provider.application.accounts.findAllBySub([sub]))[0]?.givenName;
    const rowsOf = async (sub: string) => {
      const { knex } = provider.application.database;
      return (await knex("kept_forms").where({ account_sub: sub }).select()).length;
    };

    it("waits behind the sign-in for its person alone, who carries it out with a press", async () => {
      const person = await signedIn();
      const { browser, sub } = person;
      const before = await nameOf(sub);
      ended(browser);
      await send(browser);
      expect(browser.page.h1).toBe("Connexion");
      // Somebody else signs in at this browser instead.
      const other = await newPerson(provider);
      await other.signIn(browser);
      expect(browser.page).toMatchObject({ status: 410, h1: "Ce formulaire n'attend plus" });
      const kept = browser.page.url;
      ended(browser);
      await browser.open(kept);
      await person.signIn();
      expect(browser.page.h1).toBe(goOn);
      expect(await nameOf(sub)).toBe(before);
      await browser.submit("Continuer");
      expect(browser.page.h1).toBe("Mon compte");
      expect(await nameOf(sub)).toBe("Zoé");
    });

    it("waits, too, for who came with an identifier of elsewhere", async () => {
      at(0);
      const person = await newPerson(provider);
      const { browser } = person;
      const { knex } = provider.application.database;
      const sub = "auth0|a:b;c=d%2F";
      await knex("accounts").where({ sub: person.sub }).update({ sub });
      await browser.open(page());
      await person.signIn();
      ended(browser);
      await send(browser);
      await person.signIn();
      expect(browser.page.h1).toBe(goOn);
      await browser.submit("Continuer");
      expect(await nameOf(sub)).toBe("Zoé");
    });

    it("is shown again filled where something is wrong with it, and without its passwords", async () => {
      const person = await signedIn();
      const { browser, sub } = person;
      ended(browser);
      await send(browser, {
        given_name: "Zoé",
        family_name: "",
        password: "sesame-ouvre-toi-1234",
      });
      await person.signIn();
      const { knex } = provider.application.database;
      const [row] = await knex("kept_forms").where({ account_sub: sub }).select<object[]>();
      expect(JSON.stringify(row)).not.toMatch(/Zoé|sesame/);
      await browser.submit("Continuer");
      expect(browser.page.status).toBe(422);
      expect(browser.page.find("#given_name")?.attribute("value")).toBe("Zoé");
      expect(browser.page.html).not.toContain("sesame");
    });

    it("is said not to be kept where nobody could take it up", async () => {
      const notKept = { status: 410, h1: "Votre envoi n'a pas été gardé" };
      const lost: Record<string, (person: Person) => Promise<unknown>> = {
        "in a browser that nobody signed in to": ({ browser }) => {
          browser.cookies.clear();
          return Promise.resolve();
        },
        "after a sign-out": ({ browser }) =>
          browser.post(`${provider.issuer}/sign-out`, {}, page()),
        "after a change that voids": ({ email }) =>
          provider.application.administration.endSessions(email, "operator"),
      };
      for (const [when, happens] of Object.entries(lost)) {
        const person = await signedIn();
        await happens(person);
        await send(person.browser);
        expect([when, await rowsOf(person.sub)]).toEqual([when, 0]);
        await person.signIn();
        expect([when, person.browser.page]).toMatchObject([when, notKept]);
        await person.browser.click("Retour à mon compte");
        expect(person.browser.page.h1).toBe("Mon compte");
      }
    });

    it("is one of twenty of a person at most, sent however many at once", async () => {
      const { browser, sub } = await signedIn();
      ended(browser);
      await Promise.all(Array.from({ length: 30 }, () => send(browser.tab())));
      expect(await rowsOf(sub)).toBe(20);
    });
  });
});
