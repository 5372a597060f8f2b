import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mailsTo } from "../support/account-journey.ts";
import type { Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [dinum, poste, other] = sirets;

describe.each(databases)("staff and accesses, on $name", (kind) => {
  let provider: TestProvider;
  let agent: Colleague;
  const pageOf = (sub: string) => `/admin/accounts/${sub}`;
  const openTo = async (sub: string) =>
    (await provider.application.accesses.openEstablishments(sub)).map(({ siret }) => siret);
  const subjects = async (email: string) =>
    (await mailsTo(provider, email)).map(({ subject }) => subject);
  const cookieOf = ({ browser }: Colleague, url: URL) => browser.cookies.header(url) ?? "";
  const location = async (colleague: Colleague, path: string, fields: Record<string, string>) => {
    const url = new URL(path, provider.issuer);
    const body = new URLSearchParams(fields);
    const headers = { cookie: cookieOf(colleague, url) };
    const answer = await fetch(url, { method: "POST", redirect: "manual", body, headers });
    return answer.headers.get("location") ?? String(answer.status);
  };
  /** What stands in the fields of a page, but for whose page it is. */
  const typed = (page: Page) =>
    Object.fromEntries(Object.entries(page.form().values).filter(([name]) => name !== "page_of"));

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    agent = await newColleague(provider, "agent");
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("opens what was pasted, after a page with a verdict on each, with one mail", async () => {
    const person = await newPerson(provider, poste);
    await provider.application.accesses.describe(new Map([[dinum as never, "DINUM"]]));
    const before = (await subjects(person.email)).length;
    await agent.open(pageOf(person.sub));
    await agent.browser.click("Ouvrir des accès");
    const pasted = `Bonjour,\n130 025 265 00013, ${other}\t${dinum}\n${poste} et 13002526500014 ; 1300252650001`;
    await agent.browser
      .fill({ siret_list: pasted, reason: "demande du 3 mars", until: "2099-12-31" })
      .submit("Vérifier");
    const { page } = agent.browser;
    expect(page).toMatchObject({ status: 200, h1: "Vérifier avant d'ouvrir" });
    const rows = page.findAll(".rows tbody tr").map(({ text }) => text);
    expect(rows).toEqual(
      [
        "13002526500014 Ligne 3 Écarté Ce SIRET n'existe pas : un chiffre est faux.",
        "1300252650001 Ligne 3 Écarté Il manque des chiffres : zéro de tête perdu ?",
        "130 025 265 00013 DINUM Sera ouvert",
        "418 166 096 00051 Sera ouvert",
        "356 000 000 09075 Déjà ouvert",
      ].map((row) => row.replace("\u00a0", " ")),
    );
    expect(page.find("#siret_list")?.text).toContain("Bonjour");
    expect(await openTo(person.sub)).toEqual([poste]);
    expect(await subjects(person.email)).toHaveLength(before);
    await agent.browser.submit("#primary");
    expect(agent.browser.page).toMatchObject({ status: 200, h1: "Jeanne Durand" });
    expect(agent.browser.page.text).toContain("L'ouverture est faite, un message l'annonce.");
    expect(agent.browser.page.text).toContain("demande du 3 mars");
    expect(agent.browser.page.text).toContain("31/12/2099");
    expect(await openTo(person.sub)).toEqual([dinum, poste, other]);
    const mails = await mailsTo(provider, person.email);
    expect(mails).toHaveLength(before + 1);
    expect(mails.at(-1)?.text).toContain("130 025 265 00013");
    expect(mails.at(-1)?.text).not.toContain("demande du 3 mars");
  });

  it("shows what a spreadsheet spoilt, and opens what it proposes once it is ticked", async () => {
    const person = await newPerson(provider);
    await agent.open(`${pageOf(person.sub)}/open`);
    const pasted =
      "SIRET\n557246600026\n130\u2007025\u2007265\u200700013\n1,30025E+13\n75007 Paris";
    await agent.browser.fill({ siret_list: pasted, reason: "r" }).submit("Vérifier");
    const { page } = agent.browser;
    expect(page.findAll(".rows tbody tr").map(({ text }) => text)).toEqual([
      "557246600026 Ligne 2 Écarté Il manque des chiffres : zéro de tête perdu ? Prendre à la place 005 572 466 00026",
      "1,30025E+13 Ligne 4 Écarté Excel a arrondi ce nombre : ses derniers chiffres sont perdus. Mettez la colonne au format Texte à la source.",
      "130 025 265 00013 DINUM Sera ouvert",
    ]);
    expect(page.findAll(".unread li").map(({ text }) => text)).toEqual([
      "Ligne 1 SIRET",
      "Ligne 5 75007 Paris",
    ]);
    const open = page.form("#act");
    await open.fill({ "proposed-00557246600026": true }).submit("#primary");
    expect(await openTo(person.sub)).toEqual(["00557246600026", dinum]);
  });

  it("records each opening and closing under the name of who did it", async () => {
    const person = await newPerson(provider);
    const opening = { siret_list: "", sirets: dinum, reason: "r", until: "" };
    await location(agent, `${pageOf(person.sub)}/open`, opening);
    await location(agent, `${pageOf(person.sub)}/close`, { [`siret-${dinum}`]: "on", reason: "r" });
    const { entries } = await provider.application.audit.page(
      { person: { sub: person.sub } },
      { limit: 10 },
    );
    expect(entries).toMatchObject([
      { name: "access-closed", actor: agent.sub, details: { siret: dinum } },
      { name: "access-opened", actor: agent.sub, details: { siret: dinum } },
    ]);
  });

  it.each([
    [{ siret_list: " " }, "Collez au moins un SIRET."],
    [{ siret_list: "rien, le 12 mars" }, "Ce texte ne contient aucun SIRET."],
    [{ reason: " " }, "Indiquez le motif."],
    [{ reason: "\u200b" }, "Indiquez le motif."],
    [{ reason: "m".repeat(501) }, "Le motif compte au plus 500 caractères."],
    [{ until: "2099-02-30" }, "Indiquez une date qui existe, par exemple 2027-01-31."],
    [{ until: "2020-01-01" }, "Cette date est passée : choisissez-en une à venir."],
  ])("refuses %j with its reason, and keeps what was typed", async (typed, sentence) => {
    const person = await newPerson(provider);
    const fields = { siret_list: dinum, reason: "motif", until: "", ...typed };
    for (const path of ["open/preview", "open"]) {
      const sent = path === "open" ? { ...fields, sirets: fields.siret_list } : fields;
      const page = await agent.post(`${pageOf(person.sub)}/${path}`, sent);
      expect(page).toMatchObject({ status: 422, h1: "Ouvrir des accès" });
      expect(page.title).toMatch(/^Erreur - /);
      const [link] = page.findAll(".error-summary a");
      expect(link?.text.replace("\u00a0", " ")).toBe(sentence);
      expect(link?.attribute("href")).toBe(`#${Object.keys(typed)[0] ?? ""}`);
      expect(page.find("#siret_list")?.text).toBe(fields.siret_list.trim());
    }
    expect(await openTo(person.sub)).toEqual([]);
  });

  it("opens nothing that the preview did not carry, and nothing that is no SIRET", async () => {
    const person = await newPerson(provider);
    const sent = {
      siret_list: other,
      reason: "motif",
      until: "",
      sirets: `${dinum} 13002526500014 x`,
    };
    await location(agent, `${pageOf(person.sub)}/open`, sent);
    expect(await openTo(person.sub)).toEqual([dinum]);
  });

  it("refuses to open to a disabled account", async () => {
    const person = await newPerson(provider);
    await provider.application.administration.setState(person.email, "disabled", "operator");
    const sent = { siret_list: "", reason: "motif", until: "", sirets: dinum };
    const page = await agent.post(`${pageOf(person.sub)}/open`, sent);
    expect(page.status).toBe(422);
    expect(page.text).toContain("Ce compte n'est pas actif.");
  });

  it("closes one or several, for a reason that the mail tells", async () => {
    const person = await newPerson(provider, dinum, poste, other);
    await agent.open(pageOf(person.sub));
    await agent.browser.click("Fermer plusieurs accès");
    expect(typed(agent.browser.page)).toEqual({ reason: "" });
    await agent.browser.submit();
    expect(agent.browser.page).toMatchObject({ status: 422, h1: "Fermer des accès" });
    expect(agent.browser.page.findAll(".error-summary a").map(({ text }) => text)).toEqual([
      "Choisissez un établissement.",
      "Indiquez le motif.",
    ]);
    await agent.browser
      .fill({ [`siret-${dinum}`]: true, [`siret-${other}`]: true, reason: "Fin de convention" })
      .submit();
    // Several are counted before they are closed.
    expect(agent.browser.page.text).toContain("seront fermés à ce compte, maintenant : 2.");
    expect(await openTo(person.sub)).toHaveLength(3);
    await agent.browser.submit("#primary");
    expect(agent.browser.page.text).toContain("La fermeture est faite, un message l'annonce.");
    expect(await openTo(person.sub)).toEqual([poste]);
    const closings = (await mailsTo(provider, person.email)).filter(
      ({ subject }) => subject === "Fermeture de votre accès",
    );
    expect(closings.map(({ text }) => text)).toEqual([
      expect.stringContaining("Fin de convention"),
    ]);
    await agent.open(`${pageOf(person.sub)}/close?siret=${poste}`);
    expect(typed(agent.browser.page)).toEqual({ [`siret-${poste}`]: "on", reason: "" });
  });

  it("loses nothing when two staff open and close at the same moment", async () => {
    const colleague = await newColleague(provider, "agent");
    for (let round = 0; round < 3; round++) {
      const person = await newPerson(provider, poste);
      const before = (await subjects(person.email)).length;
      const open = (who: Colleague, list: string) => {
        const fields = { siret_list: "", sirets: list, reason: "motif", until: "" };
        return location(who, `${pageOf(person.sub)}/open`, fields);
      };
      const close = (who: Colleague) =>
        location(who, `${pageOf(person.sub)}/close`, { [`siret-${poste}`]: "on", reason: "motif" });
      const answers = await Promise.all([
        open(agent, `${dinum} ${other}`),
        open(colleague, `${dinum} ${other}`),
        close(agent),
        close(colleague),
      ]);
      const counts = (answers as string[]).map((answer) => {
        const query = new URL(answer, provider.issuer).searchParams;
        return [query.get("done"), Number(query.get("changed"))] as const;
      });
      const total = (done: string) =>
        counts.reduce((sum, [name, changed]) => sum + (name === done ? changed : 0), 0);
      expect(total("opened")).toBe(2);
      // A colleague who was faster left nothing to choose: that form is refused, and nothing is done twice.
      expect(total("closed")).toBe(1);
      expect(await openTo(person.sub)).toEqual([dinum, other]);
      const mails = (await subjects(person.email)).slice(before).sort();
      expect(mails).toEqual(["Fermeture de votre accès", "Ouverture de votre accès"]);
    }
  });
});
