import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mailsTo } from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { workbook } from "../support/workbook.ts";
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
    await provider.application.administration.setState(disabled.email, "disabled", "operator");
    const lines = [
      "email,siret,name,until",
      `${person.email},${dinum},,`,
      `${person.email},${dinum},,2099-12-31`,
      `personne@nulle.part.test,${dinum},,`,
      `${disabled.email},${dinum},,`,
      `${person.email},13002526500014,,`,
      `${person.email},${poste},${"n".repeat(201)},`,
      `${person.email},41816609600051,,2020-01-01`,
    ];
    const page = await check(...lines);
    expect(page).toMatchObject({ status: 422 });
    expect(page.title).toMatch(/^Erreur - /);
    expect(page.find("#primary")?.text).toBe("Importer (1)");
    const rows = page.findAll(".rows")[0] && page.findAll(".rows tbody tr").map(({ text }) => text);
    for (const sentence of [
      "3 email, siret",
      "4 personne@nulle.part.test 130 025 265 00013 Sans fin",
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
    expect((await check(" ")).text).toContain(
      "Choisissez un fichier, ou collez la liste à importer.",
    );
    expect((await agent.post("/admin/import", { accesses: "" })).status).toBe(422);
    const page = await check("contact;siret", `a@b.fr;${dinum}`);
    expect(page.text).toContain("Il manque la colonne email.");
    expect(page.text).toContain("Les colonnes possibles sont email, siret, name, until, reason.");
    const unclosed = await check('email,siret\n"a@b.fr,1');
    expect(unclosed.text).toContain("Un guillemet n'est jamais refermé.");
  });

  const upload = async (name: string, bytes: Uint8Array) => {
    await agent.open("/admin/import");
    const form = agent.browser.page.form().attach("file", { name, bytes });
    return form.submit("Vérifier");
  };
  const verdicts = () => agent.browser.page.findAll(".rows caption").map(({ text }) => text);

  it("reads an uploaded file as a French Excel saves it, and opens what it shows", async () => {
    const [one, two] = [await newPerson(provider), await newPerson(provider)];
    const csv = [
      "sep=;",
      "Nom;Prénom;Adresse email;N° SIRET;Établissement;Fin;Motif;;",
      `DURAND;Zoé;${one.email};="${dinum}";CFA de l'Œuvre;31/12/2099;Convention nº 3;;`,
      `MARTIN;Léa;${two.email};130\u00a0025\u00a0265\u00a000013;;;;;`,
      ";;;;;;;;",
    ].join("\r\n");
    const bytes = Uint8Array.from(csv.replaceAll("Œ", "\u008c"), (letter) => letter.charCodeAt(0));
    const page = await upload("correspondants.csv", bytes);
    expect(page).toMatchObject({ status: 200, h1: "Vérifier avant d'importer" });
    expect(facts()).toEqual([2, 2, 0, 0]);
    expect(page.text).toContain("Colonnes non lues : Nom, Prénom.");
    expect(page.findAll("tbody tr").map(({ text }) => text)).toEqual([
      `3 ${one.email} 130 025 265 00013 CFA de l'Œuvre 31/12/2099`,
      `4 ${two.email} 130 025 265 00013 Sans fin`,
    ]);
    expect(page.findAll(".unread li").map(({ text }) => text)).toEqual([
      `${one.email} : 1`,
      `${two.email} : 1`,
    ]);
    await agent.browser.submit("#primary");
    expect(agent.browser.page.text).toContain("Accès changés : 2.");
    expect(await openTo(one.sub)).toEqual([dinum]);
    const [entry] = await provider.application.accesses.list({ accountId: await idOf(one.email) });
    expect(entry).toMatchObject({ name: "CFA de l'Œuvre", reason: "Convention nº 3" });
  });

  it("reads a workbook by its rows, and says which sheets it leaves unread", async () => {
    const person = await newPerson(provider);
    const bytes = workbook({
      Liste: { 2: ["Email", "SIRET", "Fin"], 4: [person.email, Number(dinum), { day: 73050 }] },
      Notice: { 1: ["À lire"] },
    });
    const page = await upload("Classeur.xlsx", bytes);
    expect(page.text).toContain("Feuilles non lues : Notice.");
    expect(page.text).toContain(`4 ${person.email} 130 025 265 00013 31/12/2099`);
    await agent.browser.submit("#primary");
    expect(await openTo(person.sub)).toEqual([dinum]);
    const refused = await upload("vieux.xls", Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0]));
    expect(refused.text).toContain("Ce classeur est ancien (.xls) ou protégé par un mot de passe");
  });

  it("says of an empty file that it is empty, and keeps the text beside it", async () => {
    await agent.open("/admin/import");
    const form = agent.browser.page
      .form()
      .attach("file", { name: "v.csv", bytes: Buffer.from("") });
    const page = await form.fill({ accesses: "collé" }).submit("Vérifier");
    expect([page.status, page.find("#file-error")?.text]).toEqual([
      422,
      "Ce fichier est vide : choisissez-en un autre.",
    ]);
    expect(page.find("#accesses")?.text).toBe("collé");
  });

  it("says how much a file may have, and leads back to the import", async () => {
    const page = await upload("trop.csv", Buffer.alloc(18_000_000, "a"));
    expect(page.status).toBe(413);
    expect(page.text).toContain("Au plus 16 Mo peuvent être envoyés à la fois.");
    await agent.browser.click("Revenir au service");
    expect(agent.browser.page.h1).toBe("Importer des accès");
  });

  it("imports two hundred partners, eighty without account, in one go once the box is ticked", async () => {
    const { knex } = provider.application.database;
    const address = (place: number) => `partenaire.${String(place)}@liste-${kind.name}.test`;
    for (let place = 0; place < 120; place++) await provider.addAccount(address(place));
    const list = Array.from({ length: 200 }, (_, place) => `${address(place)};${dinum}`);
    const page = await check("email;siret", ...list);
    expect(page.status).toBe(422);
    expect(facts()).toEqual([120, 120, 0, 0, 80]);
    expect(verdicts()).toEqual(["Seront ouverts : 120", "Sans compte : 80"]);
    const box = page.findAll(".choice").map(({ text }) => text)[0];
    expect(box).toContain(
      "Inviter les adresses sans compte : 80 (accès ouverts à la validation du compte : 80)",
    );
    const state = async () => [
      await knex("invitations").where("email", "like", "partenaire.%").count({ n: "*" }),
      await knex("outbox").where({ name: "establishments/invited" }).count({ n: "*" }),
    ];
    const before = await state();
    await agent.browser.page.form("#act").submit("#primary");
    expect(agent.browser.page.status).toBe(422);
    expect(await state()).toEqual(before);
    await agent.browser.page.form("#act").fill({ invite: true }).submit("Revoir avec ces choix");
    expect(verdicts()).toEqual(["Seront ouverts : 120", "Attendront leur compte : 80"]);
    expect(facts().slice(0, 2)).toEqual([120, 200]);
    expect(await state()).toEqual(before);
    await agent.browser.page.form("#act").submit("#primary");
    expect(agent.browser.page.text).toContain("Accès changés : 120.");
    expect(agent.browser.page.text).toContain("Accès qui attendent leur compte : 80.");
    const [invited, letters] = await state();
    expect([Number(invited?.[0]?.["n"]), Number(letters?.[0]?.["n"])]).toEqual([80, 80]);
    const again = await check("email;siret", ...list);
    expect(again.status).toBe(422);
    await again.form("#act").fill({ invite: true }).submit("Revoir avec ces choix");
    expect(verdicts()).toEqual(["Déjà ouverts : 120", "Attendent déjà : 80"]);
  });

  it("carries out the right lines alone when it is asked to, and gives the others as a file", async () => {
    const person = await newPerson(provider);
    const lines = [
      "Email;SIRET;Motif",
      `${person.email};${dinum};convention`,
      `${person.email};13002526500014;=1+1`,
      `${person.email};557246600026;zéro`,
    ];
    const page = await check(...lines);
    expect(verdicts()).toEqual(["À corriger : 2", "Seront ouverts : 1"]);
    const url = new URL("/admin/import/rejected", provider.issuer);
    const cookie = agent.browser.cookies.header(url) ?? "";
    const body = new URLSearchParams({ accesses: lines.join("\n") });
    const file = await fetch(url, { method: "POST", headers: { cookie }, body });
    expect(file.headers.get("content-disposition")).toBe('attachment; filename="a-corriger.csv"');
    const text = Buffer.from(await file.arrayBuffer()).toString("utf8");
    expect(text.split("\r\n").slice(0, 3)).toEqual([
      "\ufeffEmail;SIRET;Motif;Anomalie",
      `${person.email};"=""13002526500014""";"'=1+1";"Ce SIRET n'existe pas\u00a0: un chiffre est faux."`,
      `${person.email};"=""557246600026""";zéro;Il manque des chiffres\u00a0: zéro de tête perdu\u00a0?`,
    ]);
    const act = page.form("#act");
    await act.fill({ "proposed-00557246600026": true, only_right: true }).submit("#primary");
    expect(agent.browser.page.text).toContain("Accès changés : 2. Lignes laissées de côté : 1.");
    expect(await openTo(person.sub)).toEqual(["00557246600026", dinum]);
    // What was downloaded is imported again once it is corrected.
    const corrected = text.replace("13002526500014", poste);
    const next = await upload("a-corriger.csv", Buffer.from(corrected));
    expect(next.text).toContain(`2 ${person.email} 356 000 000 09075`);
  });

  it("gives the others as a file where they are without account alone, and where nothing is right", async () => {
    const person = await newPerson(provider);
    await check("email;siret", `${person.email};${dinum}`, `personne@cfa.test;${dinum}`);
    const form = agent.browser.page.form("#act");
    const file = await form.submit("Télécharger les lignes à corriger");
    expect(file.html).toContain("personne@cfa.test");
    expect(file.html).not.toContain(person.email);
    await check("email;siret", `${person.email};12`);
    expect(agent.browser.page.find("#act #primary")).toBeUndefined();
    const all = await agent.browser.page.form("#act").submit("Télécharger les lignes à corriger");
    expect(all.html).toContain(`${person.email};12;`);
    // A list that cannot be read has nothing to give back.
    const unread = await check("email;couleur", `${person.email};bleu`);
    expect(unread.text).not.toContain("Télécharger");
  });

  it("names a column without a title that it does not read", async () => {
    const person = await newPerson(provider);
    const page = await check("email;;siret", `${person.email};à revoir;${dinum}`);
    expect(page.text).toContain("Colonnes non lues : B (sans titre).");
  });

  const idOf = async (email: string) => {
    const found = await provider.application.administration.find(email);
    return found.accepted ? found.value.id : 0;
  };

  it("takes ten thousand lines, more than other forms do, and no more than 16 MB", async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => newPerson(provider)));
    const lines = people.flatMap(({ email }) =>
      Array.from({ length: 500 }, (_, index) => `${email},${laPosteSiret(index)}`),
    );
    const page = await check("email,siret", ...lines);
    expect(page.status).toBe(200);
    expect(facts()).toEqual([10_000, 20, 0, 0]);
    await agent.browser.submit("#primary");
    expect(agent.browser.page.h1).toBe("Importer des accès");
    expect(await openTo(people[0]?.sub ?? "")).toHaveLength(500);
    const tooLong = await agent.post("/admin/import/preview", { accesses: "x".repeat(16_800_000) });
    expect(tooLong.status).toBe(413);
  }, 60_000);
});

/** An establishment of La Poste: the sum of its digits is a multiple of five. */
function laPosteSiret(index: number): string {
  const start = `356000000${String(index).padStart(4, "0")}`;
  const sum = Array.from(start, Number).reduce((total, digit) => total + digit, 0);
  return `${start}${String((5 - (sum % 5)) % 5)}`;
}
