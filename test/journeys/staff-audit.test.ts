import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { EventName } from "../../src/operations/index.ts";
import { databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("the pages of the audit, on $name", (kind) => {
  let provider: TestProvider;
  let reader: Colleague;
  const rows = () => reader.browser.page.findAll(".rows tbody tr").map(({ text }) => text);
  const search = async (fields: Readonly<Record<string, string>>) => {
    await reader.open(`/admin/audit?${new URLSearchParams(fields).toString()}`);
    return reader.browser.page;
  };

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    reader = await newColleague(provider, "reader");
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("find events by person (address or identifier), by event, actor and day", async () => {
    const person = await newPerson(provider, sirets[0]);
    const admin = await newColleague(provider, "admin");
    await admin.post(`/admin/accounts/${person.sub}/disable`);
    for (const asked of [person.email, person.sub]) {
      await search({ person: asked });
      expect(rows()).toHaveLength(2);
      expect(rows()[0]).toContain(
        "Jeanne Durand (administration) a désactivé le compte de Jeanne Durand.",
      );
      expect(rows()[1]).toContain(
        "Un exploitant (ligne de commande) a ouvert l'accès de 130 025 265 00013",
      );
    }
    await search({ person: person.sub, event: "account-disabled" });
    expect(rows()).toHaveLength(1);
    await search({ actor: admin.email });
    expect(rows()).toHaveLength(1);
    // Names lead to their people, and stand beside the identifiers that a program needs.
    expect(reader.browser.page.find(".sentence a")?.attribute("href")).toBe(
      `/admin/accounts/${admin.sub}`,
    );
    expect(reader.browser.page.find(".machine dl")?.text).toContain(
      `Personne ${person.sub} Jeanne Durand`,
    );
    await search({ actor: "operator", person: person.sub });
    expect(rows()).toHaveLength(1);
    const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris" }).format();
    await search({ person: person.sub, since: today, until: today });
    expect(rows()).toHaveLength(2);
    await search({ person: person.sub, until: "2020-01-01" });
    expect(reader.browser.page.text).toContain("Aucun événement ne correspond.");
  });

  it("find events of who came with an identifier of elsewhere, which leads to their pages", async () => {
    const { application } = provider;
    const admin = await newColleague(provider, "admin");
    const sub = "auth0|ab&c#1/%2F";
    const email = "importee@partenaire.test";
    const file = Buffer.from(
      `${JSON.stringify({ sub, email, given_name: "Zoé", family_name: "Moulin" })}\n`,
    );
    const imported = await application.importAccounts({ file, by: "operator", dryRun: false });
    expect(imported.problems).toEqual([]);
    await application.administration.setRole(email, "reader", "operator");
    const page = await admin.open(`/admin/accounts/${encodeURIComponent(sub)}`);
    expect(page).toMatchObject({ status: 200 });
    const { browser } = admin;
    const all = page
      .findAll("a")
      .find((link) => link.attribute("href")?.startsWith("/admin/audit?person="));
    await admin.open(all?.attribute("href") ?? "");
    expect(browser.page).toMatchObject({ status: 200, h1: "Audit" });
    expect(browser.page.find("#person")?.attribute("value")).toBe(sub);
    expect(browser.page.findAll(".rows tbody tr").length).toBeGreaterThan(0);
    const named = browser.page
      .findAll(".sentence a")
      .map((link) => link.attribute("href") ?? "")
      .find((href) => href.includes("auth0"));
    expect(await admin.open(named ?? "")).toMatchObject({ status: 200, h1: "Zoé Moulin" });
    await search({ actor: sub });
    expect(reader.browser.page.status).toBe(200);
    const members = await admin.open("/admin/members");
    const removal = members
      .findAll("a")
      .map((link) => link.attribute("href") ?? "")
      .find((href) => href.includes("auth0") && href.endsWith("/remove"));
    expect(await admin.open(removal ?? "")).toMatchObject({ status: 200 });
    // Who is gone is found by the identifier alone.
    const [account] = await application.accounts.findAllBySub([sub]);
    if (!account) throw new Error("not imported");
    await application.deleteAccount({ account, by: "operator" });
    await search({ person: sub });
    expect(reader.browser.page.status).toBe(200);
    expect(rows().length).toBeGreaterThan(0);
  });

  it("find events by SIRET (alone or among those of a request), client and outcome", async () => {
    const person = await newPerson(provider, sirets[1]);
    const about = { name: "access-request-accepted", subject: { sub: person.sub } } as const;
    const details = { sirets: [sirets[2], sirets[1]] };
    await provider.application.record({ ...about, outcome: "accepted", details });
    await search({ siret: "356 000 000 09075", person: person.sub });
    expect(rows()).toHaveLength(2);
    expect(rows()[0]).toContain(": 418 166 096 00051, 356 000 000 09075.");
    await search({ siret: sirets[2], person: person.sub });
    expect(rows()).toHaveLength(1);
    const signedIn = {
      name: "signed-in",
      subject: { sub: person.sub },
      clientId: "portal",
    } as const;
    await provider.application.record({ ...signedIn, outcome: "accepted" });
    await provider.application.record({
      ...{ ...signedIn, outcome: "refused", reason: "credentials-refused" },
      clientId: "gone",
    });
    await search({ client: "portal", person: person.sub });
    expect(rows()).toHaveLength(1);
    await search({ outcome: "refused", person: person.sub });
    expect(rows()).toHaveLength(1);
    expect(rows()[0]).toContain(
      "Connexion refusée à Jeanne Durand sur l'application « gone ». Refusé Motif : email ou mot de passe refusé",
    );
    expect(reader.browser.page.text).toContain("Un événement est gardé 12 mois, puis effacé.");
  });

  it("show what a newer build recorded and mailed by its machine word", async () => {
    const person = await newPerson(provider);
    const { application } = provider;
    const name = "newer-event" as EventName;
    await application.record({ name, outcome: "accepted", subject: { sub: person.sub } });
    await application.database.knex("outbox").insert({
      ...{ id: "newer", channel: "mail", name: "accounts/newer-letter", account_sub: person.sub },
      ...{ state: "sent", attempts: 1, due_at: 1, created_at: 1, ended_at: 1 },
    });
    await search({ person: person.sub });
    expect(rows()[0]).toContain("newer-event");
    await reader.open(`/admin/accounts/${person.sub}`);
    expect(reader.browser.page.status).toBe(200);
    expect(reader.browser.page.text).toContain("newer-letter");
  });

  it("refuse what names nothing, each field for its reason", async () => {
    const page = await search({
      ...{ person: "x y", actor: "personne@nulle.part.test", event: "dance" },
      ...{ outcome: "peut-être", siret: "13002526500014" },
      ...{ since: "2027-02-30", until: "hier" },
    });
    expect(page).toMatchObject({ status: 422, h1: "Audit" });
    expect(page.findAll(".error-summary a").map((link) => link.attribute("href"))).toEqual([
      "#person",
      "#event",
      "#outcome",
      "#siret",
      "#actor",
      "#since",
      "#until",
    ]);
    expect(page.find("#person")?.attribute("value")).toBe("x y");
  });

  it("page by cursor, without a gap or a double", async () => {
    const person = await newPerson(provider);
    for (let count = 0; count < 60; count++) {
      await provider.application.record({
        ...{ name: "signed-in", outcome: "refused", subject: { sub: person.sub } },
        details: { count },
      });
    }
    await search({ person: person.sub });
    const first = rows();
    await reader.browser.click("Page suivante");
    const all = [...first, ...rows()];
    expect([first.length, all.length, new Set(all).size]).toEqual([50, 60, 60]);
    expect(reader.browser.page.text).not.toContain("Page suivante");
  });

  it("save what was found as CSV and as JSON lines, and record that", async () => {
    const person = await newPerson(provider, sirets[0], sirets[1]);
    await search({ person: person.email, event: "access-opened" });
    await reader.browser.submit("Exporter en CSV");
    const csv = reader.browser.page;
    expect(csv.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(csv.headers["content-disposition"]).toBe('attachment; filename="audit.csv"');
    const lines = csv.html.trimEnd().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^\ufeff?seq;occurredAt;name;/);
    expect(lines[1]).toContain("access-opened");
    await search({ person: person.email });
    await reader.browser.submit("Exporter en JSON");
    const saved = reader.browser.page.html.trimEnd().split("\n");
    expect(saved.map((line) => (JSON.parse(line) as { sub: string }).sub)).toEqual([
      person.sub,
      person.sub,
    ]);
    const { entries } = await provider.application.audit.page({ actor: reader.sub }, { limit: 2 });
    expect(entries).toMatchObject([
      { name: "audit-exported", details: { format: "jsonl" } },
      { name: "audit-exported", details: { format: "csv", event: "access-opened" } },
    ]);
    expect((await reader.post("/admin/audit/export/xml")).status).toBe(404);
    expect((await reader.post("/admin/audit/export/csv?since=hier")).status).toBe(422);
  });
});
