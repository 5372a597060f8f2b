import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mailTo, signIn, signUp, validationLink } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

/** An address is not an identity over time: who has it today is not who had it before. */
describe.each(databases)("an address that an account gave up, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterAll(async () => {
    await provider.stop();
  });

  const wrongly = async (email: string) => {
    const browser = new BrowserAgent();
    await browser.open(`${provider.issuer}/sign-in?return_to=/account`);
    await signIn(browser, email, "un-autre-mot-de-passe");
  };
  const moves = async ({ browser, ...person }: Person, email: string) => {
    await browser.open(`${provider.issuer}/account/email`);
    if (browser.page.find("#password")) await person.signIn(browser);
    const typed = { email, email_confirmation: email, current_password: goodPassword };
    await browser.fill(typed).submit();
    const { links } = await mailTo(provider, email, "Validation de votre nouvelle adresse");
    await browser.open(links.find((link) => link.includes("/account/email/")) ?? "");
    await browser.fill({ password: goodPassword }).submit();
    expect(browser.page.url).toMatch(/\/done$/);
  };
  /** Signs up with an address, and signs in. */
  const next = async (email: string): Promise<BrowserAgent> => {
    const browser = await signUp(provider, email);
    await browser.open(await validationLink(provider, email));
    await browser.submit();
    await browser.open(`${provider.issuer}/sign-in?return_to=/account/data`);
    await signIn(browser, email);
    return browser;
  };
  const erase = async (browser: BrowserAgent) => {
    await browser.open(`${provider.issuer}/account/deletion`);
    await browser.fill({ current_password: goodPassword }).submit();
    expect(browser.page.url).toContain("/account/deletion/done");
  };
  const downloaded = async ({ cookies }: BrowserAgent): Promise<string[]> => {
    const url = new URL("/account/data/download", provider.issuer);
    const answer = await fetch(url, { headers: { cookie: cookies.header(url) ?? "" } });
    const { events } = (await answer.json()) as { events: { name: string; outcome: string }[] };
    return events.map(({ name, outcome }) => `${name} ${outcome}`);
  };
  const eventsOf = async (sub: string) => {
    const { entries } = await provider.application.audit.page({ person: { sub } }, { limit: 50 });
    return entries;
  };
  /** What an event says beyond that it was: it is erased with the person it is of. */
  const kept = async (sub: string) =>
    (await eventsOf(sub)).map(({ name, erased, network }) => [name, erased, network]);
  const ownOfTheNext = [
    "sign-up-requested accepted",
    "account-validated accepted",
    "signed-in accepted",
  ];

  it("is another's: who signs up with it sees nothing of before, and erases nothing of it", async () => {
    const former = await newPerson(provider, sirets[0]);
    await wrongly(former.email);
    await moves(former, `ailleurs.${former.email}`);
    const before = await kept(former.sub);
    expect(before.filter(([name]) => name === "signed-in").length).toBe(2);
    const browser = await next(former.email);
    expect(browser.page.findAll(".entries .choice-name").map(({ text }) => text)).toEqual([
      "Connexion réussie",
    ]);
    expect(await downloaded(browser)).toEqual(ownOfTheNext);
    await erase(browser);
    expect(await kept(former.sub)).toEqual(before);
  });

  it("takes its events along, whichever of the two is erased first", async () => {
    const former = await next("premiere@partenaire.test");
    const account = await provider.application.administration.find("premiere@partenaire.test");
    if (!account.accepted) throw new Error("no account");
    const { sub, email } = account.value;
    const signedIn: Person = {
      sub,
      email,
      browser: former,
      signIn: () => Promise.resolve(),
      choose: () => Promise.resolve(),
    };
    await wrongly(email);
    await moves(signedIn, "premiere.ailleurs@partenaire.test");
    const second = await next(email);
    await provider.application.deleteAccount({ account: { sub }, by: "operator" });
    // Of its sign-up, which names its first address alone, nothing is left to the next one.
    expect(await downloaded(second)).toEqual(ownOfTheNext);
    const all = await provider.application.audit.page({ person: { email } }, { limit: 50 });
    expect(all.entries.every(({ occurredAt, erased }) => occurredAt > 0 && !erased)).toBe(true);
    await erase(second);
    const left = await provider.application.audit.page({ person: { email } }, { limit: 50 });
    expect(left.entries).toEqual([]);
  });

  it("takes along what was opened to it by invitation, and not what the next one got", async () => {
    const { accesses, accounts, database, deleteAccount, invitations } = provider.application;
    const email = "invitee@partenaire.test";
    const invite = (siret: string) =>
      invitations.invite({ email: email as never, sirets: [siret as never], by: "operator" });
    const addresses = () =>
      database.knex("invitations").orderBy("id").select<object[]>("siret", "email");
    expect((await invite(sirets[0])).accepted).toBe(true);
    const browser = await next(email);
    const known = await accounts.findByEmail(email as never);
    if (!known) throw new Error("no account");
    const { sub } = known.account;
    expect(await accesses.list({ accountId: known.account.id })).toHaveLength(1);
    const { signIn: no, choose } = await newPerson(provider);
    await moves({ sub, email, browser, signIn: no, choose }, "invitee.ailleurs@partenaire.test");
    expect((await invite(sirets[1])).accepted).toBe(true);
    await next(email);
    expect(await addresses()).toEqual([
      { siret: sirets[0], email },
      { siret: sirets[1], email },
    ]);
    await deleteAccount({ account: { sub }, by: "operator" });
    expect(await addresses()).toEqual([
      { siret: sirets[0], email: null },
      { siret: sirets[1], email },
    ]);
  });
});
