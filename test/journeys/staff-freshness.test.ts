import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { StaffRole } from "../../src/accounts/index.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson, sirets } from "../support/person.ts";
import { enrolSecondFactor, totpCode } from "../support/second-factor.ts";
import { type Colleague, newColleague, staffAtWork, typeEnrolmentCode } from "../support/staff.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const confirm = "Confirmez que c'est vous";
const check = "Vérification en deux étapes";
const goOn = "Reprendre où vous en étiez";
const minutes = 60_000;

/** Who works goes on working; who comes back confirms who they are, and finds what they had sent. */
describe.each(databases)("the freshness of staff, on $name", (kind) => {
  let provider: TestProvider;
  const start = Math.floor(Date.now() / 1000) * 1000;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const at = (minute: number) => fakeDate(start + minute * minutes);
  /** A member of staff with an authenticator of their own, who has just signed in. */
  const atWork = async (role: StaffRole): Promise<Colleague & { readonly secret: string }> => {
    at(0);
    const person = await newPerson(provider);
    await provider.application.administration.setRole(person.email, role, "operator");
    await person.browser.open(`${provider.issuer}/admin`);
    await person.signIn();
    await typeEnrolmentCode(provider, person, person.browser);
    const { secret } = await enrolSecondFactor(person.browser);
    return { ...staffAtWork(provider, person), secret };
  };
  /** Gives the password and a code, at the page that asks for them. */
  const confirms = async ({ browser, email, secret }: Colleague & { readonly secret: string }) => {
    expect(browser.page.h1).toBe(confirm);
    expect(browser.page.find("#email")?.attribute("value")).toBe(email);
    await browser.fill({ password: goodPassword }).submit();
    expect(browser.page.h1).toBe(check);
    await browser.fill({ code: totpCode(secret) }).submit();
  };
  const openTo = async (sub: string) =>
    (await provider.application.accesses.openEstablishments(sub)).map(({ siret }) => siret);

  it("goes on with their work for eight hours, and no longer", async () => {
    const agent = await atWork("agent");
    const { sub } = await newPerson(provider);
    const path = `/admin/accounts/${sub}/open`;
    for (let minute = 14; minute < 480; minute += 14) {
      at(minute);
      await agent.open("/admin");
    }
    expect((await agent.open(path)).status).toBe(200);
    expect(agent.browser.page.url).toBe(`${provider.issuer}${path}`);
    at(481);
    await agent.open(path);
    expect(agent.browser.page.h1).toBe(confirm);
  });

  it("ends after an hour without any", async () => {
    const reader = await atWork("reader");
    at(60);
    expect((await reader.open("/admin")).url).toBe(`${provider.issuer}/admin`);
    at(120);
    expect((await reader.open("/admin")).url).toBe(`${provider.issuer}/admin`);
    at(181);
    await reader.open("/admin");
    expect(reader.browser.page.h1).toBe(confirm);
  });

  it("keeps what was previewed, which is carried out once", async () => {
    const agent = await atWork("agent");
    const { sub } = await newPerson(provider);
    const form = { siret_list: sirets[0], until: "", reason: "appel" };
    const preview = await agent.post(`/admin/accounts/${sub}/open/preview`, form);
    expect(preview.status).toBe(200);
    at(16);
    await agent.post(`/admin/accounts/${sub}/open`, { ...form, siret_list: "", sirets: sirets[0] });
    await confirms(agent);
    expect(agent.browser.page.h1).toBe(goOn);
    const kept = agent.browser.page.url;
    expect(await openTo(sub)).toEqual([]);
    await agent.browser.submit();
    expect(agent.browser.page.url).toContain(`/admin/accounts/${sub}?done=opened`);
    expect(await openTo(sub)).toEqual([sirets[0]]);
    await agent.browser.open(kept);
    expect(agent.browser.page.status).toBe(410);
    expect((await agent.post(kept.replace(provider.issuer, ""))).status).toBe(410);
  });

  it("shows a form with a fault again, filled, and a list as it was sent", async () => {
    const agent = await atWork("agent");
    const { sub, email } = await newPerson(provider);
    at(16);
    await agent.post(`/admin/accounts/${sub}/close`, { siret: sirets[0], reason: "x".repeat(600) });
    await confirms(agent);
    await agent.browser.submit();
    expect(agent.browser.page.status).not.toBe(200);
    at(33);
    await agent.post("/admin/import/preview", { accesses: `email;siret\n${email};${sirets[1]}\n` });
    await confirms(agent);
    await agent.browser.submit();
    expect(agent.browser.page.text).toContain(email);
    expect(agent.browser.page.status).toBe(200);
  });

  it("is of no use for roles, factors, clients, deletion and export: the proof alone counts", async () => {
    const admin = await atWork("admin");
    const { sub } = await newPerson(provider);
    at(10);
    await admin.open("/admin");
    at(16);
    expect((await admin.open(`/admin/accounts/${sub}/open`)).h1).not.toBe(confirm);
    for (const path of [
      "/admin/members",
      `/admin/members/${sub}/enrolment-code`,
      "/admin/clients/new",
      `/admin/accounts/${sub}/delete`,
      "/admin/audit/export/json",
    ]) {
      expect([path, (await admin.post(path)).h1]).toEqual([path, confirm]);
    }
  });

  it("keeps a form for whom it is of alone, and sealed", async () => {
    const agent = await atWork("agent");
    const { sub } = await newPerson(provider);
    at(16);
    const reason = "une raison que personne ne lit";
    await agent.post(`/admin/accounts/${sub}/close`, { siret: sirets[0], reason });
    await confirms(agent);
    const path = agent.browser.page.url.replace(provider.issuer, "");
    const rows = await provider.application.database.knex("kept_forms").select<object[]>();
    expect(JSON.stringify(rows)).not.toContain(reason);
    expect(JSON.stringify(rows)).not.toContain(path.split("/").at(-1));
    const other = await newColleague(provider, "admin");
    expect((await other.open(path)).status).toBe(410);
    expect((await other.post(path)).status).toBe(410);
    at(80);
    await provider.application.purge();
    expect(await provider.application.database.knex("kept_forms").select()).toEqual([]);
  });
});
