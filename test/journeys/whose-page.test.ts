import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { newPerson } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [kind] = databases;

/** A page may stay open in one tab while somebody else signs in in another: what is sent from it is not done in their name. */
describe("a form of a page that was somebody else's", () => {
  let provider: TestProvider;

  beforeAll(async () => {
    if (!kind) throw new Error("no database is at hand");
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterAll(async () => {
    await provider.stop();
  });

  const pageOf = (browser: Colleague["browser"]) =>
    browser.page.find("input[name=page_of]")?.attribute("value") ?? "";

  it("of one's own pages is refused, and nothing is done", async () => {
    const [first, second] = [await newPerson(provider), await newPerson(provider)];
    const account = `${provider.issuer}/account`;
    for (const { browser, signIn } of [first, second]) {
      await browser.open(account);
      await signIn();
    }
    const fields = { given_name: "Camille", family_name: "Martin" };
    const [mine, theirs] = [pageOf(first.browser), pageOf(second.browser)];
    expect(new Set([mine, theirs, ""]).size).toBe(3);
    await second.browser.post(`${account}/profile`, { ...fields, page_of: mine }, account);
    expect(second.browser.page).toMatchObject({
      status: 409,
      h1: "Une autre personne est connectée",
    });
    expect(second.browser.page.find("a#primary")?.attribute("href")).toBe("/account");
    const { knex } = provider.application.database;
    const name = () => knex("accounts").where({ sub: second.sub }).pluck("given_name");
    expect(await name()).not.toEqual(["Camille"]);
    await second.browser.post(`${account}/profile`, { ...fields, page_of: theirs }, account);
    expect(await name()).toEqual(["Camille"]);
  });

  it("of the back office is refused, sent with a file or without", async () => {
    const [first, second] = [
      await newColleague(provider, "admin"),
      await newColleague(provider, "admin"),
    ];
    await first.browser.open(`${provider.issuer}/admin/invite`);
    const invite = first.browser.page.form("form[enctype]");
    const tab = first.browser.tab();
    await tab.open(`${provider.issuer}/admin/clients/new`);
    const client = tab.page.form("main form");
    // In another tab of this browser somebody else signs in.
    const { cookies } = first.browser;
    cookies.clear();
    const theirs = second.browser.cookies.all();
    const headers = theirs.map(({ name, value, path }) => `${name}=${value}; Path=${path}`);
    cookies.store(new URL(provider.issuer), headers);
    for (const form of [invite, client]) {
      expect(await form.submit()).toMatchObject({
        status: 409,
        h1: "Une autre personne est connectée",
      });
    }
    expect(first.browser.page.find("a#primary")?.attribute("href")).toBe("/admin");
  });
});
