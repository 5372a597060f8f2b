import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createAccessImport } from "../../src/establishments/index.ts";
import type { EmailAddress } from "../../src/foundation/index.ts";
import { databases } from "../support/databases.ts";
import { manySirets } from "../support/many-sirets.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** Names and reasons that a spreadsheet, or the file itself, would take for something else. */
const hostile = [
  ...[
    "=1+1",
    "+33 Centre",
    "-2",
    "@SUM(A1)",
    "'quoted",
    "L’Œuvre; « d'été »",
    'dit "non"',
    "00123",
  ],
];
const many = manySirets(600);

describe.each(databases)("exports, on $name", (kind) => {
  let provider: TestProvider;
  let agent: Colleague;
  let people: readonly Person[];
  const save = async (table: string, format: string) => {
    await agent.open("/admin/export");
    const { page } = agent.browser;
    expect(page.text).toContain("Exporter en CSV pour Excel");
    return agent.post(`/admin/export/${table}/${format}`);
  };

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    agent = await newColleague(provider, "agent");
    people = [await newPerson(provider), await newPerson(provider)];
    const { accesses } = provider.application;
    const [one, two] = people;
    const idOf = async (person: Person | undefined) => ({
      id: (await provider.application.accounts.findAllBySub([person?.sub ?? ""]))[0]?.id ?? 0,
    });
    const account = await idOf(one);
    for (const [place, text] of hostile.entries()) {
      const siret = many[place] as never;
      const names = new Map([[siret, text]]);
      await accesses.open({ account, sirets: [siret], names, reason: text, by: agent.sub });
    }
    const untilAt = Date.UTC(2099, 11, 31, 23) / 1000;
    const [closed, ...others] = many.slice(hostile.length) as never[];
    const sub = agent.sub;
    await accesses.open({ account, sirets: others, untilAt, by: sub });
    const instant = { account: await idOf(two), sirets: [sirets[0] as never], by: "operator" };
    await accesses.open({ ...instant, untilAt: untilAt + 42 });
    await accesses.open({ account, sirets: [closed as never], by: sub });
    await accesses.close({ account, sirets: [closed as never], reason: "fin", by: sub });
    await provider.application.accessRequests.ask({
      account: await idOf(two),
      sirets: sirets.slice(1, 3).join(" "),
      message: "=HYPERLINK(1)",
    });
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("of accounts keep an identifier of digits, which a spreadsheet would take for a number", async () => {
    const [sub, email] = ["00100200300400500600", "chiffres@partenaire.test"];
    const person = { sub, email, given_name: "Zoé", family_name: "Moulin" };
    const file = Buffer.from(`${JSON.stringify(person)}\n`);
    const asked = { by: "operator", dryRun: false } as const;
    await provider.application.importAccounts({ ...asked, file });
    const { html } = await save("accounts", "csv");
    const [title = "", ...lines] = html.split("\r\n");
    const line = lines.find((each) => each.includes(email)) ?? "";
    expect(line).toMatch(/^"=""00100200300400500600""";chiffres@partenaire\.test;/);
    await provider.application.database.knex("accounts").where({ sub }).delete();
    const again = Buffer.from(`${title}\r\n${line}\r\n`);
    const { problems, made } = await provider.application.importAccounts({ ...asked, file: again });
    expect([problems, made.length]).toEqual([[], 1]);
    expect(await provider.application.accounts.findAllBySub([sub])).toMatchObject([{ email }]);
  });

  it.each(["csv", "jsonl"])("of accesses import again to the same state, as %s", async (format) => {
    const { html } = await save("accesses", format);
    expect(html.trimEnd().split("\n")).toHaveLength(601 + (format === "csv" ? 1 : 0));
    const other = await startTestProvider(kind);
    try {
      for (const { email } of people) await other.addAccount(email);
      const { application } = other;
      const { run } = createAccessImport(application);
      const { preview, done } = await run(html, "operator");
      expect(preview.problems).toEqual([]);
      expect([done?.opened.length, preview.ended.length]).toEqual([600, 1]);
      const state = async ({ application: { accesses } }: TestProvider, isOpen: boolean) =>
        (await accesses.list())
          .filter((entry) => (entry.state === "open") === isOpen)
          .map(({ email, siret, name, untilAt, reason }) => [email, siret, name, untilAt, reason])
          .sort();
      expect(await state(other, true)).toEqual(await state(provider, true));
      // Where all is open already it changes nothing.
      const again = await createAccessImport(provider.application).preview(html, "operator");
      expect([again.problems.length, again.opened.length]).toEqual([0, 0]);
    } finally {
      await other.stop();
    }
  });

  it.each(["csv", "jsonl"])("of invitations that wait invite again, as %s", async (format) => {
    const { invitations } = provider.application;
    const email = `attend.${format}@partenaire.test` as EmailAddress;
    const untilAt = Date.UTC(2099, 11, 31, 23) / 1000;
    const [taken, ...others] = many.slice(0, 4) as never[];
    const invite = { email, untilAt, reason: "=1+1", by: agent.sub };
    await invitations.invite({ ...invite, sirets: [taken as never, ...others] });
    const [first] = await invitations.waiting([email]);
    await invitations.withdraw({ id: first?.id ?? 0, by: agent.sub });
    const { html } = await save("invitations", format);
    const lines = html.trimEnd().split("\n");
    expect(lines.filter((line) => line.includes(email))).toHaveLength(3);
    const other = await startTestProvider(kind);
    try {
      const { application } = other;
      const { run } = createAccessImport(application);
      const { preview, done } = await run(html, "operator", { invite: true });
      expect([preview.problems, preview.opened, done?.opened]).toEqual([[], [], []]);
      const state = async ({ application: { invitations: all } }: TestProvider) =>
        (await all.list({ waiting: true }))
          .map((each) => [each.email, each.siret, each.untilAt, each.reason])
          .sort();
      expect(await state(other)).toEqual(await state(provider));
    } finally {
      await other.stop();
    }
  });

  it("open in columns in a French Excel: text SIRETs, dates, names, no formula", async () => {
    const accesses = await save("accesses", "csv");
    expect(accesses.headers).toMatchObject({
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="accesses.csv"',
    });
    const [head, first] = accesses.html.split("\r\n");
    expect(head).toMatch(/^\ufeff?Email;Prénom;Nom de famille;SIRET;Établissement;État;Fin;Motif;/);
    expect(first).toMatch(
      /^[^;]+;Jeanne;Durand;"=""\d{14}""";"?'=1\+1"?;ouvert;;"?'=1\+1"?;\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d;Jeanne Durand;;;$/,
    );
    expect(accesses.html).toContain(";31/12/2099;");
    const requests = await save("requests", "csv");
    expect(requests.html).toMatch(/;en attente;[^;]+;"?'=HYPERLINK\(1\)"?;;;\r\n/);
    const accounts = await save("accounts", "csv");
    // An identifier may begin with a sign that a spreadsheet would calculate with, like any text.
    const sub = agent.sub.startsWith("-") ? `"'${agent.sub}"` : agent.sub;
    expect(accounts.html).toContain(`${sub};${agent.email};Jeanne;Durand;actif;agent;fr;`);
  });

  it("are for agents, recorded, and asked for by a form alone", async () => {
    const reader = await newColleague(provider, "reader");
    expect((await reader.post("/admin/export/accounts/csv")).status).toBe(403);
    expect((await agent.post("/admin/export/secrets/csv")).status).toBe(404);
    await save("requests", "jsonl");
    const { entries } = await provider.application.audit.page({ actor: agent.sub }, { limit: 1 });
    expect(entries).toMatchObject([
      { name: "register-exported", details: { table: "requests", format: "jsonl" } },
    ]);
  });
});
