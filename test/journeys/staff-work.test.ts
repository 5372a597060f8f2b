import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { days } from "../../src/foundation/index.ts";
import { databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [dinum, poste, other] = sirets;

describe.each(databases)("what waits for staff, on $name", (kind) => {
  let provider: TestProvider;
  let reader: Colleague;
  let agent: Colleague;
  let admin: Colleague;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    reader = await newColleague(provider, "reader");
    agent = await newColleague(provider, "agent");
    admin = await newColleague(provider, "admin");
  });
  afterAll(async () => {
    await provider.stop();
  });

  const knex = () => provider.application.database.knex;
  const now = () => provider.application.clock.epochSeconds();
  /** The numbers of the first page, by their words, with where they lead. */
  const work = async (colleague: Colleague) => {
    const page = await colleague.open("/admin");
    expect(page).toMatchObject({ status: 200, h1: "Comptes" });
    return new Map(
      page.findAll(".work li").map((item) => {
        const [, count = "", name = ""] = /^(\d+) (.*)$/.exec(item.text) ?? [];
        return [name, Number(count)] as const;
      }),
    );
  };
  const linkOf = ({ browser: { page } }: Colleague, name: string) =>
    page
      .findAll(".work a")
      .find(({ text }) => text.endsWith(name))
      ?.attribute("href") ?? "";
  const listed = ({ browser: { page } }: Colleague) =>
    page.findAll(".rows tbody tr").map(({ text }) => text);

  it("is counted on the first page, each number with its list, and requests in the navigation", async () => {
    const before = await work(agent);
    const people = [
      await newPerson(provider),
      await newPerson(provider),
      await newPerson(provider),
    ];
    const ids: number[] = [];
    for (const { sub } of people) {
      const account = await provider.application.findAccount(sub);
      if (!account) throw new Error("no account");
      const asked = { account, sirets: dinum, message: "" };
      const outcome = await provider.application.accessRequests.ask(asked);
      if (outcome.accepted) ids.push(outcome.value.request.id);
    }
    const [, second, third] = ids;
    await knex()("access_requests")
      .where({ id: second })
      .update({ asked_at: now() - days(3) });
    await knex()("access_requests")
      .where({ id: third })
      .update({ asked_at: now() - days(8) });
    const after = await work(agent);
    const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(grown("Demandes en attente")).toBe(3);
    expect(grown("Demandes de plus de 2 jours")).toBe(2);
    expect(grown("Demandes de plus de 7 jours")).toBe(1);
    expect(agent.browser.page.find(".badge")?.text).toBe("3 en attente");
    await agent.open(linkOf(agent, "Demandes de plus de 7 jours"));
    expect(agent.browser.page).toMatchObject({ status: 200, h1: "Demandes d'accès" });
    expect(listed(agent)).toHaveLength(1);
    expect(listed(agent)[0]).toContain(people[2]?.email);
    await agent.browser.click("Les afficher toutes");
    expect(listed(agent)).toHaveLength(3);
  });

  it("says what ends within thirty days, the first first, a page at a time", async () => {
    const person = await newPerson(provider, dinum, poste, other);
    const until = (siret: string, untilAt: number) =>
      knex()("accesses").where({ siret, closed_at: null }).update({ until_at: untilAt });
    await until(dinum, now() + days(20));
    await until(poste, now() + days(10));
    await until(other, now() + days(31));
    expect((await work(reader)).get("Accès qui se terminent sous 30 jours")).toBe(2);
    await reader.open(linkOf(reader, "Accès qui se terminent sous 30 jours"));
    expect(reader.browser.page).toMatchObject({ status: 200, h1: "Accès qui se terminent" });
    expect(listed(reader)).toHaveLength(2);
    expect(listed(reader)[0]).toContain("356 000 000 09075");
    expect(listed(reader)[1]).toContain(person.email);
    expect(reader.browser.page.text).not.toContain("Fermer");
    await agent.open("/admin/endings");
    expect(agent.browser.page.find(".rows tbody td a")?.attribute("href")).toBe(
      `/admin/accounts/${person.sub}/close?siret=${poste}`,
    );
    // Many that end in the same second are neither shown twice nor left out.
    const [id] = await knex()("accounts").where({ sub: person.sub }).pluck<number[]>("id");
    const many = Array.from({ length: 60 }, (_, place) => String(10_000_000_000_000 + place));
    await knex()("establishments").insert(
      many.map((siret) => ({ siret, created_at: 1, updated_at: 1 })),
    );
    await knex()("accesses").insert(
      many.map((siret) => ({
        ...{ account_id: id, siret, opened_at: 1, opened_by: "operator" },
        until_at: now() + days(15),
      })),
    );
    await reader.open("/admin/endings");
    const first = listed(reader);
    await reader.browser.click("Page suivante");
    const all = [...first, ...listed(reader)];
    expect([first.length, all.length, new Set(all).size]).toEqual([50, 62, 62]);
  });

  it("tells of sign-ups that are stuck who may send their letter again, and of letters who sees them", async () => {
    const pending = (id: string, email: string, ago: number) => ({
      ...{ id, email, given_name: "Zoé", family_name: id, locale: "fr", password_hash: "-" },
      ...{ browser_digest: id, letter_asked_at: now() - ago, created_at: now() - ago },
      expires_at: now() - ago + days(7),
    });
    await knex()("pending_sign_ups").insert([
      pending("ancienne", "ancienne@bloquee.test", days(3)),
      pending("nouvelle", "nouvelle@bloquee.test", 60),
      pending("passee", "passee@bloquee.test", days(8)),
    ]);
    await knex()("outbox").insert({
      ...{ id: "failed", channel: "mail", name: "accounts/validation", state: "failed" },
      ...{ attempts: 1, due_at: 1, created_at: now(), ended_at: now() },
    });
    const names = ["Inscriptions bloquées depuis un jour", "Messages non envoyés"];
    const seen = async (colleague: Colleague) => {
      const numbers = await work(colleague);
      return names.map((name) => numbers.get(name));
    };
    expect(await seen(reader)).toEqual([undefined, undefined]);
    expect(await seen(agent)).toEqual([1, undefined]);
    expect(await seen(admin)).toEqual([1, 1]);
    await admin.open(linkOf(admin, "Messages non envoyés"));
    expect(listed(admin)).toHaveLength(1);
    await agent.open("/admin/sign-ups");
    expect(agent.browser.page.text).toContain("ancienne@bloquee.test");
    expect(agent.browser.page.text).not.toMatch(/nouvelle@|passee@/);
    await agent.browser.submit("Renvoyer la validation");
    expect(agent.browser.page.text).toContain("Un nouveau message de validation va partir.");
    // In its last hour a link would be over before it is read: none leaves, and none is said to.
    await knex()("pending_sign_ups")
      .where({ id: "ancienne" })
      .update({ expires_at: now() + 3600, letter_asked_at: now() - 61 });
    await agent.open("/admin/sign-ups");
    await agent.browser.submit("Renvoyer la validation");
    expect(agent.browser.page.status).toBe(422);
    expect(agent.browser.page.text).toContain("Cette inscription n'attend plus sa validation.");
  });

  it("pages on through sign-ups that are stuck, also when the last of a page is validated meanwhile", async () => {
    const rows = Array.from({ length: 60 }, (_, place) => {
      const id = `page-${String(place).padStart(2, "0")}`;
      return {
        ...{ id, email: `${id}@bloquee.test`, given_name: "Zoé", family_name: id, locale: "fr" },
        ...{
          password_hash: "-",
          browser_digest: id,
          letter_asked_at: 1,
          created_at: now() - days(4),
        },
        expires_at: now() + days(3),
      };
    });
    await knex()("pending_sign_ups").insert(rows);
    await agent.open("/admin/sign-ups");
    expect(agent.browser.page.text).toContain("page-49@");
    await knex()("pending_sign_ups").where({ id: "page-49" }).delete();
    await agent.browser.click("Page suivante");
    expect(agent.browser.page.text).toContain("page-50@");
    expect(agent.browser.page.text).not.toContain("page-00@");
  });

  it("shows ninety days in charts that have words, and a table whose numbers lead to their events", async () => {
    const person = await newPerson(provider);
    const refusal = {
      name: "signed-in",
      outcome: "refused",
      subject: { sub: person.sub },
    } as const;
    await provider.application.record({ ...refusal, reason: "credentials-refused" });
    await reader.open("/admin");
    const { page } = reader.browser;
    expect(
      page
        .findAll("svg[role=img] title")
        .map(({ text }) => text)
        .slice(-3),
    ).toEqual(["Connexions par jour", "Connexions refusées par jour", "Comptes créés par jour"]);
    expect(page.findAll("svg desc")[1]?.text).toMatch(
      /^1 en 90 jours\. Le plus en un jour : 1, le /,
    );
    expect(page.html).not.toMatch(/ style=/);
    expect(page.findAll(".numbers tbody tr")).toHaveLength(90);
    const link = page.findAll(".numbers tbody td")[1];
    expect(link?.text).toBe("1");
    const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris" }).format();
    await reader.open(`/admin/audit?event=signed-in&outcome=refused&since=${today}&until=${today}`);
    expect(page.html).toContain(
      `href="/admin/audit?event=signed-in&amp;outcome=refused&amp;since=${today}&amp;until=${today}"`,
    );
    expect(listed(reader)).toHaveLength(1);
  });

  it("is not shown to who looks for something", async () => {
    const page = await reader.open("/admin?q=zzzz");
    expect(page.findAll(".work, .chart")).toEqual([]);
  });
});
