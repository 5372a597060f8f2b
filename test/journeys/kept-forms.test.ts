import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson } from "../support/person.ts";
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
    expect(browser.page.h1).toBe(goOn);
    await browser.submit("Continuer");
    // The same secret: what was scanned is not lost.
    expect(browser.page.status).toBe(422);
    expect(shownSecret(browser.page)).toBe(secret);
    expect(browser.page.find("#code")?.attribute("value") ?? "").toBe("");
    await browser.fill({ code: totpCode(secret) }).submit();
    expect(browser.page.h1).toBe("Vos codes de secours");
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
    expect(await provider.application.secondFactors.has(sub)).toBe(true);
    await browser.submit("Continuer");
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
});
