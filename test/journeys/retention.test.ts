import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { days } from "../../src/foundation/index.ts";
import { retentionSeconds } from "../../src/operations/index.ts";
import { mailsTo, signUp } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("what is kept, and how long, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const begin = () => Math.floor(Date.now() / 1000);
  const at = (epochSeconds: number) => {
    fakeDate(epochSeconds * 1000);
  };
  const erased = async () => {
    const allow = new Set(["jump", "auditEvents", "inactivityWarnings", "inactiveAccounts"]);
    return (await provider.application.purge({ allow })).erased;
  };

  it("is said by /privacy, in both languages, and linked from every page", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${provider.issuer}/signup`);
    await browser.click("Données personnelles");
    const { page } = browser;
    expect([page.status, page.h1]).toEqual([200, "Vos données personnelles"]);
    expect(page.findAll("dt")).toHaveLength(Object.keys(retentionSeconds).length);
    const said = page.findAll("dd").map(({ text }) => text.replace(/\s/g, " "));
    expect(said).toEqual([
      ...["7 jours", "24 mois", "30 jours", "12 mois", "12 mois", "30 jours"],
      ...["12 mois", "30 jours", "7 jours", "180 jours", "24 heures", "24 heures", "12 mois"],
      ...["30 jours", "12 heures"],
    ]);
    expect(page.findAll("#primary")).toHaveLength(1);
    const english = await new BrowserAgent({ language: "en" }).open(`${provider.issuer}/privacy`);
    expect(english.h1).toBe("Your personal data");
    expect(english.text.replace(/\s/g, " ")).toContain("24 months");
    expect((await fetch(`${provider.issuer}/privacy`, { method: "POST" })).status).not.toBe(200);
  });

  it("ends a sign-up that was not validated after seven days, to the second", async () => {
    fakeDate(begin() * 1000);
    const start = begin();
    await signUp(provider, "jamais.validee@partenaire.test");
    at(start + days(7) - 1);
    expect((await erased())["signUps"]).toBe(0);
    at(start + days(7));
    expect((await erased())["signUps"]).toBe(1);
  });

  /** One row of each kind, ended or last used at `second`, of an account of its own. */
  async function keepOneOfEach(second: number): Promise<void> {
    const { knex } = provider.application.database;
    const { sub } = await newPerson(provider);
    const { id } = await knex("accounts").where({ sub }).first<{ id: number }>("id");
    const siret = "13002526500013";
    const establishment = { siret, created_at: second, updated_at: second };
    await knex("establishments").insert(establishment).onConflict("siret").ignore();
    await knex("one_time_tokens").insert({
      digest: `link-${sub}`,
      purpose: "recovery",
      email: "perdu@partenaire.test",
      account_id: id,
      created_at: second - 60,
      expires_at: second,
    });
    await knex("known_browsers").insert({
      account_sub: sub,
      digest: `browser-${sub}`,
      created_at: second - 60,
      last_used_at: second,
    });
    await knex("outbox").insert({
      id: `mail-${sub}`,
      channel: "mail",
      name: "accounts/recovery",
      account_sub: sub,
      state: "sent",
      attempts: 1,
      due_at: second,
      created_at: second,
      ended_at: second,
    });
    await knex("invitations").insert({
      email: `invitee-${sub.toLowerCase()}@partenaire.test`,
      siret,
      locale: "fr",
      invited_at: second,
      invited_by: "operator",
    });
    await knex("access_requests").insert({
      account_id: id,
      sirets: siret,
      state: "waiting",
      asked_at: second,
    });
  }

  it.each([
    ["links", "usedLinks", 0],
    ["knownBrowsers", "knownBrowsers", 0],
    ["mails", "mails", 1],
    ["invitations", "invitations", 0],
    ["accessRequests", "accessRequests", 0],
  ] as const)(
    "erases %s as old as %s says, and not one second before",
    async (kind, name, more) => {
      // In the past of every other test of the file, so that only these rows are old enough.
      const second = begin() - 20 * retentionSeconds.audit;
      await keepOneOfEach(second);
      const limit = second + retentionSeconds[name] + more;
      at(limit - 1);
      expect((await erased())[kind]).toBe(0);
      at(limit);
      expect((await erased())[kind]).toBe(1);
      at(second + 2 * retentionSeconds.audit);
      await erased();
    },
  );

  it("erases the audit's events of the days before twelve months ago", async () => {
    const person = await newPerson(provider);
    await provider.party("portal").login(person.browser);
    await person.signIn();
    const start = begin();
    at(start + retentionSeconds.audit - days(1));
    expect((await erased())["auditEvents"]).toBe(0);
    at(start + retentionSeconds.audit + days(2));
    expect((await erased())["auditEvents"]).toBeGreaterThan(0);
    expect(await provider.application.audit.verify()).toMatchObject({ intact: true });
  });

  it("warns of an unused account, keeps it when its person signs in, and erases it when not", async () => {
    const leaving = await newPerson(provider);
    const staying = await newPerson(provider);
    const start = begin();
    const warnedAt = start + retentionSeconds.inactiveAccounts - retentionSeconds.inactivityNotice;
    at(warnedAt + 60);
    await erased();
    const subject = "Votre compte va être effacé";
    expect((await mailsTo(provider, leaving.email)).at(-1)?.subject).toBe(subject);
    expect((await mailsTo(provider, staying.email)).at(-1)?.subject).toBe(subject);
    await provider.party("portal").login(staying.browser);
    await staying.signIn();
    at(start + retentionSeconds.inactiveAccounts + 120);
    await erased();
    const { administration } = provider.application;
    expect((await administration.find(leaving.email)).accepted).toBe(false);
    expect((await administration.find(staying.email)).accepted).toBe(true);
    expect(provider.log.join("")).toMatch(/"event":"inactivity-warned"/);
  });

  it("keeps when a person signed in by at most one write a day", async () => {
    const person = await newPerson(provider);
    const { knex } = provider.application.database;
    const lastSignedIn = async () =>
      (await knex("accounts").where({ sub: person.sub }).first<{ last_signed_in_at: number }>())
        .last_signed_in_at;
    const start = await lastSignedIn();
    const signInAt = async (now: number) => {
      at(now);
      const browser = new BrowserAgent();
      await provider.party("portal").login(browser);
      await person.signIn(browser);
      return (await lastSignedIn()) - start;
    };
    expect(await signInAt(start + days(1) - 1)).toBe(0);
    expect(await signInAt(start + days(1))).toBe(days(1));
    expect(await signInAt(start + days(1) + 60)).toBe(days(1));
  });
});
