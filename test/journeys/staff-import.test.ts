import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mailsTo } from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [dinum, poste] = sirets;

describe.each(databases)("an import by staff, on $name", (kind) => {
  let provider: TestProvider;
  let agent: Colleague;
  const openTo = async (sub: string) =>
    (await provider.application.accesses.openEstablishments(sub)).map(({ siret }) => siret);
  const check = async (...lines: string[]) => {
    await agent.open("/admin/import");
    await agent.browser.fill({ accesses: lines.join("\n") }).submit("Vérifier");
    return agent.browser.page;
  };
  const facts = () => agent.browser.page.findAll(".facts dd").map(({ text }) => Number(text));

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    agent = await newColleague(provider, "agent");
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("shows the difference before anything is opened, then opens all, with one mail a person", async () => {
    const [one, two] = [await newPerson(provider, poste), await newPerson(provider)];
    const page = await check(
      "email\tsiret\tname\tuntil\treason",
      `${one.email}\t130 025 265 00013\tDINUM\t2099-12-31\tconvention`,
      `${one.email}\t${poste}\t\t\t`,
      `${two.email}\t${dinum}\t\t\t`,
      `${two.email}\t${poste}\t\t\t`,
    );
    expect(page).toMatchObject({ status: 200, h1: "Vérifier avant d'importer" });
    expect(facts()).toEqual([3, 2, 1, 0]);
    expect(page.text).toContain("31/12/2099");
    expect(await openTo(two.sub)).toEqual([]);
    await agent.browser.submit("#primary");
    expect(agent.browser.page).toMatchObject({ status: 200, h1: "Importer des accès" });
    expect(agent.browser.page.text).toContain("Accès changés");
    expect(await openTo(one.sub)).toEqual([dinum, poste]);
    expect(await openTo(two.sub)).toEqual([dinum, poste]);
    expect(await mailsTo(provider, two.email)).toHaveLength(1);
    const { entries } = await provider.application.audit.page(
      { person: { sub: two.sub } },
      { limit: 5 },
    );
    expect(entries.map(({ name, actor }) => [name, actor])).toEqual([
      ["access-opened", agent.sub],
      ["access-opened", agent.sub],
    ]);
  });

  it("names every line that is wrong, in French, and opens nothing", async () => {
    const person = await newPerson(provider);
    const disabled = await newPerson(provider);
    await provider.application.administration.setState(disabled.email, "disabled");
    const lines = [
      "email,siret,name,until",
      `${person.email},${dinum},,`,
      `${person.email},${dinum},,`,
      `personne@nulle.part.test,${dinum},,`,
      `${disabled.email},${dinum},,`,
      `${person.email},13002526500014,,`,
      `${person.email},${poste},${"n".repeat(201)},`,
      `${person.email},41816609600051,,2020-01-01`,
    ];
    const page = await check(...lines);
    expect(page).toMatchObject({ status: 422 });
    expect(page.title).toMatch(/^Erreur - /);
    expect(page.find("#primary")?.text).toBe("Vérifier à nouveau");
    const rows = page.findAll(".rows")[0] && page.findAll(".rows tbody tr").map(({ text }) => text);
    for (const sentence of [
      "3 email, siret",
      "4 email personne@nulle.part.test Aucun compte n'a cette adresse.",
      "Ce compte est désactivé.",
      "6 siret 13002526500014 Ce SIRET n'existe pas",
      "Le nom compte au plus 200 caractères.",
      "8 until 2020-01-01 Cette date est passée.",
    ]) {
      expect(rows?.some((row) => row.includes(sentence))).toBe(true);
    }
    const sent = await agent.post("/admin/import", { accesses: lines.join("\n") });
    expect(sent.status).toBe(422);
    expect(await openTo(person.sub)).toEqual([]);
  });

  it("refuses an empty list, and a header that says nothing", async () => {
    expect((await check(" ")).text).toContain("Collez la liste à importer.");
    expect((await agent.post("/admin/import", { accesses: "" })).status).toBe(422);
    const page = await check("mail;siret", `a@b.fr;${dinum}`);
    expect(page.text).toContain("Il manque la colonne email.");
    expect(page.text).toContain("Les colonnes possibles sont email, siret, name, until, reason.");
    const unclosed = await check('email,siret\n"a@b.fr,1');
    expect(unclosed.text).toContain("Un guillemet n'est jamais refermé.");
  });

  it("takes ten thousand lines in seconds, more than other forms do, and no more than that", async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => newPerson(provider)));
    const lines = people.flatMap(({ email }) =>
      Array.from({ length: 500 }, (_, index) => `${email},${laPosteSiret(index)}`),
    );
    const startedAt = performance.now();
    const page = await check("email,siret", ...lines);
    expect(page.status).toBe(200);
    expect(facts()).toEqual([10_000, 20, 0, 0]);
    await agent.browser.submit("#primary");
    expect(agent.browser.page.h1).toBe("Importer des accès");
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect(await openTo(people[0]?.sub ?? "")).toHaveLength(500);
    const tooLong = await agent.post("/admin/import/preview", { accesses: "x".repeat(4_000_001) });
    expect(tooLong.status).toBe(413);
  }, 60_000);
});

/** An establishment of La Poste: the sum of its digits is a multiple of five. */
function laPosteSiret(index: number): string {
  const start = `356000000${String(index).padStart(4, "0")}`;
  const sum = Array.from(start, Number).reduce((total, digit) => total + digit, 0);
  return `${start}${String((5 - (sum % 5)) % 5)}`;
}
