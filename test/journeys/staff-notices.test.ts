import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { minutes } from "../../src/foundation/index.ts";
import { mailTo, mailsTo } from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const path = "/admin/requests/notices";

describe.each(databases)("a member of staff and the letter about requests, on $name", (kind) => {
  let provider: TestProvider;
  let agent: Colleague;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    agent = await newColleague(provider, "agent");
  });
  afterAll(async () => {
    jest.useRealTimers();
    await provider.stop();
  });

  const chosen = ({ browser }: Colleague) => browser.page.find("#choice option[selected]")?.text;
  const rowOf = async ({ sub }: Pick<Colleague, "sub">) => {
    const [account] = await provider.application.accounts.findAllBySub([sub]);
    if (!account) throw new Error("the account is gone");
    return account;
  };
  /** A partner asks, and the job runs a minute later. */
  const asked = async (later = minutes(1)) => {
    const person = await newPerson(provider);
    const { accessRequests, requestNotices } = provider.application;
    const account = await rowOf(person);
    await accessRequests.ask({ account, sirets: sirets[0], message: "Merci beaucoup" });
    fakeDate(Date.now() + later * 1000);
    await requestNotices.tell();
    return person;
  };

  it("finds the page from the queue, chooses, and is written to once; nobody chose for them", async () => {
    await agent.open("/admin/requests");
    await agent.browser.click("Être averti des demandes");
    expect(chosen(agent)).toBe("Jamais");
    expect(agent.browser.page.text).toContain("Aucun message ne vous a encore été envoyé.");
    await agent.browser.fill({ choice: "at-once" }).submit("Enregistrer");
    expect(agent.browser.page.text).toContain("Votre choix est enregistré.");
    expect(chosen(agent)).toMatch(/^Dès qu'une demande arrive/);
    // What waits when somebody chooses is no news to them: it is as old as the choice.
    fakeDate(Date.now() + 2000);
    const person = await asked();
    const { text, html, subject } = await mailTo(provider, agent.email, "Des demandes attendent");
    expect(subject).toBe("Des demandes attendent");
    expect(text).toContain("Demandes en attente : 1.");
    expect(text).toMatch(/La plus ancienne attend depuis le (?:\d+|1er) \S+ \d{4} à \d\d:\d\d\./);
    expect(text).toContain(`${provider.issuer}/admin/requests\n`);
    expect(text).toContain(`${provider.issuer}${path}`);
    for (const written of [text, html])
      for (const theirs of [person.email, "Durand", "Merci beaucoup", sirets[0]])
        expect(written).not.toContain(theirs);
    expect((await agent.open(path)).text).toMatch(/Dernier message : \d\d\/\d\d\/\d{4}/);
  });

  it("is written to in their own language", async () => {
    const reader = await newColleague(provider, "reader");
    const { knex } = provider.application.database;
    await knex("accounts").where({ sub: reader.sub }).update({ locale: "en" });
    await reader.post(path, { choice: "at-once" });
    fakeDate(Date.now() + 2000);
    await asked();
    const { text } = await mailTo(provider, reader.email, "Requests are waiting");
    expect(text).toMatch(/Requests waiting: \d+\./);
  });

  it("is recorded with what they chose, once; an answer of no list changes nothing", async () => {
    const reader = await newColleague(provider, "reader");
    expect((await reader.post(path, { choice: "hourly" })).status).toBe(422);
    expect(reader.browser.page.text).toContain("Choisissez une réponse de la liste.");
    await reader.post(path, { choice: "daily" });
    await reader.post(path, { choice: "daily" });
    const { audit } = provider.application;
    const { entries } = await audit.page({ person: { sub: reader.sub } }, { limit: 20 });
    const chosenEvents = entries.filter(({ name }) => name === "request-notices-chosen");
    expect(chosenEvents).toMatchObject([{ actor: reader.sub, details: { choice: "daily" } }]);
  });

  it("is nobody's who is not of the staff, nor another site's", async () => {
    const partner = await newColleague(provider, undefined);
    expect((await partner.open(path)).status).toBe(403);
    const reader = await newColleague(provider, "reader");
    const cookie = reader.browser.cookies.header(new URL(provider.issuer)) ?? "";
    const answer = await fetch(`${provider.issuer}${path}`, {
      ...{ method: "POST", redirect: "manual", body: new URLSearchParams({ choice: "daily" }) },
      headers: { cookie, origin: "https://elsewhere.example" },
    });
    expect(answer.status).toBe(403);
    expect(await provider.application.requestNotices.of(await rowOf(reader))).toBeUndefined();
  });

  it("is among their data, and goes with the account", async () => {
    const reader = await newColleague(provider, "reader");
    await reader.post(path, { choice: "daily" });
    const { personalData, deleteAccount, database } = provider.application;
    const account = await rowOf(reader);
    expect(await personalData.export(account)).toMatchObject({
      request_notices: { choice: "daily", chosen_at: expect.any(String) },
    });
    await deleteAccount({ account, by: "operator", origin: undefined });
    expect(await database.knex("request_notices").where({ account_sub: reader.sub })).toEqual([]);
    expect(await mailsTo(provider, reader.email)).toHaveLength(1);
  });
});
