import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseSiret } from "../../src/establishments/index.ts";
import { mailTo, mailsTo, newAddress, signUp, validationLink } from "../support/account-journey.ts";
import type { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { manySirets } from "../support/many-sirets.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [dinum, poste, other] = sirets;
const numberOf = (siret: string) => {
  const parsed = parseSiret(siret);
  if (!parsed.accepted) throw new Error(`no SIRET: ${siret}`);
  return parsed.value;
};

describe.each(databases)("staff and what waits, on $name", (kind) => {
  let provider: TestProvider;
  let agent: Colleague;
  let reader: Colleague;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    agent = await newColleague(provider, "agent");
    reader = await newColleague(provider, "reader");
    await provider.application.accesses.describe(new Map([[numberOf(dinum), "DINUM"]]));
  });
  afterAll(async () => {
    await provider.stop();
  });

  const openTo = async (sub: string) =>
    (await provider.application.accesses.openEstablishments(sub)).map(({ siret }) => siret);
  const subjects = async (email: string) =>
    (await mailsTo(provider, email)).map(({ subject }) => subject);
  const eventsOf = async (sub: string) => {
    const filter = { person: { sub } };
    const { entries } = await provider.application.audit.page(filter, { limit: 10 });
    return entries.map(({ name, actor }) => [name, actor]);
  };
  const errors = ({ browser: { page } }: Colleague) =>
    page.findAll(".error-summary li").map(({ text }) => text);
  /** Posts without following. */
  const answerTo = (
    { browser }: Colleague,
    path: string,
    fields: Readonly<Record<string, string>>,
  ) => {
    const url = new URL(path, provider.issuer);
    const headers = { cookie: browser.cookies.header(url) ?? "" };
    const body = new URLSearchParams(fields);
    return fetch(url, { method: "POST", redirect: "manual", body, headers });
  };

  /** A partner who asks on their own page. @returns with the address of the request */
  async function asking(...asked: string[]): Promise<{ person: Person; path: string }> {
    const person = await newPerson(provider);
    const { browser } = person;
    await browser.open(`${provider.issuer}/account/requests`);
    await person.signIn();
    const typed = { sirets: asked.join(", "), message: "Bonjour,\nmerci" };
    await browser.fill(typed).submit("Envoyer la demande");
    // The mail that says so has left before what follows: two that leave at once come in any order.
    await mailTo(provider, person.email, "Nous avons reçu votre demande d'accès");
    const waiting = await provider.application.accessRequests.list({ state: "waiting" });
    const id = waiting.find(({ sub }) => sub === person.sub)?.id;
    return { person, path: `/admin/requests/${String(id)}` };
  }

  it("find a request in the queue and accept a part of it: one mail, and the access is open", async () => {
    const { person, path } = await asking(dinum, poste);
    await agent.open("/admin");
    await agent.browser.click("Demandes");
    const { browser } = agent;
    expect(browser.page).toMatchObject({ status: 200, h1: "Demandes d'accès" });
    const row = browser.page
      .findAll(".rows tbody tr")
      .find(({ text }) => text.includes(person.email));
    expect(row?.text).toContain("130 025 265 00013 DINUM 2 établissements en tout");
    await agent.open(path);
    expect(browser.page).toMatchObject({ status: 200, h1: "Demande d'accès" });
    expect(browser.page.text).toContain("Bonjour, merci");
    expect(browser.page.text).toContain("DINUM");
    expect(browser.page.findAll("input[type=checkbox][checked]")).toHaveLength(2);
    const ticked = { [`siret-${dinum}`]: "on", reason: "vérifié", until: "2099-12-31" };
    const answer = await answerTo(agent, `${path}/accept`, ticked);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe("/admin/requests?done=accepted&changed=1");
    expect(await openTo(person.sub)).toEqual([dinum]);
    expect(await subjects(person.email)).toEqual([
      "Nous avons reçu votre demande d'accès",
      "Ouverture de votre accès",
    ]);
    const mail = await mailTo(provider, person.email, "Ouverture de votre accès");
    expect(mail.text).toContain("130 025 265 00013");
    expect(mail.text).not.toContain("vérifié");
    const events = await eventsOf(person.sub);
    expect(events).toContainEqual(["access-request-accepted", agent.sub]);
    expect(events).toContainEqual(["access-opened", agent.sub]);
    await agent.open(path);
    expect(browser.page.text).toContain("Acceptée");
    expect(browser.page.text).toContain("vérifié");
    expect(browser.page.findAll("main form")).toEqual([]);
    await agent.open("/admin/requests?state=accepted");
    expect(browser.page.text).toContain(person.email);
    await agent.open("/admin/requests");
    expect(browser.page.text).not.toContain(person.email);
  });

  it("see what surrounds a request: what its person holds and asked, who else has each establishment, and where it is", async () => {
    const { person, path } = await asking(poste);
    const holder = await newPerson(provider, poste);
    await provider.openAccess(person.email, dinum);
    await provider.application.database
      .knex("establishments")
      .where({ siret: poste })
      .update({ address: "44 BD DE VAUGIRARD 75015 PARIS", administrative_state: "closed" });
    const account = await provider.application.findAccount(person.sub);
    if (!account) throw new Error("no account");
    await provider.application.accessRequests.ask({ account, sirets: other, message: "" });
    await agent.open(path);
    const { page } = agent.browser;
    expect(page.text).toContain("Déjà ouvert à Jeanne Durand");
    for (const text of [holder.email, "44 BD DE VAUGIRARD", "Établissement fermé", "DINUM"])
      expect(page.text).toContain(text);
    expect(page.text).toMatch(/Demandes précédentes Le \S+, établissements : 1 En attente/);
    await agent.open(`/admin/accounts/${person.sub}`);
    const links = agent.browser.page.findAll("main a").map(({ text }) => text);
    expect(links.filter((text) => text.startsWith("Demande du "))).toHaveLength(2);
    await provider.closeAccess(holder.email, poste);
  });

  it("decide several at once for one reason, after a page that counts them; what a colleague was faster with is left", async () => {
    const [first, second, third] = [
      await asking(dinum, poste),
      await asking(dinum),
      await asking(other),
    ];
    const box = (path: string) => `request-${path.slice(path.lastIndexOf("/") + 1)}`;
    const boxes = Object.fromEntries([first, second, third].map(({ path }) => [box(path), "on"]));
    await agent.open("/admin/requests");
    expect(agent.browser.page.find(`#${box(first.path)}`)?.attribute("type")).toBe("checkbox");
    const refusing = { ...boxes, decision: "refuse" };
    const page = await agent.post("/admin/requests/decide/preview", refusing);
    expect(page).toMatchObject({
      status: 200,
      h1: "Refuser ces demandes ?",
    });
    expect(page.findAll(".effects dd").map(({ text }) => text)).toEqual(["3", "3", "4", "0"]);
    expect(agent.browser.page.findAll("form.language")).toEqual([]);
    await agent.browser.submit("Refuser ces demandes");
    expect(errors(agent)).toEqual(["Indiquez le motif."]);
    await answerTo(agent, `${third.path}/refuse`, { reason: "avant" });
    // Two colleagues at the same moment: each request is decided once.
    const colleague = await newColleague(provider, "agent");
    const fields = { ...refusing, reason: "Convention absente" };
    const answers = await Promise.all(
      [agent, colleague].map((who) => answerTo(who, "/admin/requests/decide", fields)),
    );
    const counts = answers.map(({ headers }) => {
      const to = new URL(headers.get("location") ?? "", provider.issuer).searchParams;
      return [Number(to.get("changed")), Number(to.get("unchanged"))] as const;
    });
    expect(counts.reduce((sum, [changed]) => sum + changed, 0)).toBe(2);
    for (const [changed, unchanged] of counts) expect(changed + unchanged).toBe(3);
    for (const { person } of [first, second]) {
      const refused = "Votre demande d'accès n'a pas été acceptée";
      expect((await mailTo(provider, person.email, refused)).text).toContain("Convention absente");
      expect(await subjects(person.email)).toHaveLength(2);
    }
    // "All" are those that were shown, and no other form's fields.
    const [shown, also, since] = [await asking(dinum), await asking(dinum), await asking(dinum)];
    const idOf = ({ path }: { path: string }) => path.slice(path.lastIndexOf("/") + 1);
    const all = { all: "on", shown: `${idOf(shown)} ${idOf(also)} x`, decision: "accept" };
    const listed = (await agent.open("/admin/requests")).find("[name=shown]")?.attribute("value");
    expect(listed?.split(" ").slice(-3)).toEqual([shown, also, since].map(idOf));
    await agent.post("/admin/requests/decide/preview", all);
    await agent.browser.submit("Accepter et ouvrir");
    expect(await openTo(shown.person.sub)).toEqual([dinum]);
    expect(await openTo(also.person.sub)).toEqual([dinum]);
    expect(await openTo(since.person.sub)).toEqual([]);
    const again = await asking(dinum);
    const accepting = { [box(again.path)]: "on", decision: "accept", reason: "" };
    const done = await agent.post("/admin/requests/decide", accepting);
    expect(done.find("[role=status]")?.text).toBe("Demandes traitées : 1.");
    expect(await openTo(again.person.sub)).toEqual([dinum]);
    expect((await reader.post("/admin/requests/decide", accepting)).status).toBe(403);
  });

  it("decide nothing without a decision, nor for a reason that nobody sees", async () => {
    const { person, path } = await asking(dinum);
    const box = `request-${path.slice(path.lastIndexOf("/") + 1)}`;
    const undecided = await agent.post("/admin/requests/decide", { [box]: "on", reason: "vu" });
    expect(undecided.find("[role=status]")?.text).toBe("Demandes traitées : 0.");
    const unseen = { [box]: "on", decision: "refuse", reason: "\u200b" };
    expect(await agent.post("/admin/requests/decide", unseen)).toMatchObject({
      status: 422,
      h1: "Refuser ces demandes ?",
    });
    expect(errors(agent)).toEqual(["Indiquez le motif."]);
    expect(await openTo(person.sub)).toEqual([]);
    expect(await provider.application.accessRequests.list({ state: "waiting" })).toContainEqual(
      expect.objectContaining({ sub: person.sub }),
    );
  });

  it("take a request in charge, hand it on and let it go; of two at once one is told", async () => {
    const { path } = await asking(dinum);
    const colleague = await newColleague(provider, "agent");
    const ask = (who: Colleague, to: string, seen: string) =>
      answerTo(who, `${path}/charge`, { to, seen });
    const answers = await Promise.all([
      ask(agent, agent.sub, ""),
      ask(colleague, colleague.sub, ""),
      ask(agent, agent.sub, ""),
      ask(colleague, colleague.sub, ""),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422, 422]);
    const takenBy = async () => {
      const id = Number(path.slice(path.lastIndexOf("/") + 1));
      return (await provider.application.accessRequests.find(id))?.takenBy;
    };
    const first = await takenBy();
    const [owner, second] = first === agent.sub ? [agent, colleague] : [colleague, agent];
    expect((await ask(owner, second.sub, owner.sub)).headers.get("location")).toBe(
      `${path}?done=handed-on`,
    );
    expect(await takenBy()).toBe(second.sub);
    await second.open("/admin/requests");
    expect(second.browser.page.text).toContain("Prise en charge par Jeanne Durand");
    await second.open(path);
    await second.browser.submit("Ne plus la prendre en charge");
    expect(second.browser.page.find("[role=status]")?.text).toBe(
      "Plus personne n'a cette demande en charge.",
    );
    expect(await takenBy()).toBeUndefined();
    expect((await ask(owner, reader.sub, "")).status).toBe(422);
    // Who deletes their account has nothing in charge any more, and a request that was decided is nobody's to take.
    await ask(owner, owner.sub, "");
    await answerTo(second, `${path}/refuse`, { reason: "non" });
    expect((await ask(owner, "", owner.sub)).status).toBe(422);
  });

  it("keep what they typed to decide when they take the request in charge or hand it on", async () => {
    const { path } = await asking(dinum, poste);
    const colleague = await newColleague(provider, "agent");
    const { browser } = agent;
    const shown = () => ({
      box: browser.page.find(`#siret-${poste}`)?.attribute("checked"),
      told: browser.page.find("[role=status]")?.text,
      ...browser.page.form().values,
    });
    await agent.open(path);
    const typed = { refusal_reason: "Pas de convention", reason: "Vu par téléphone" };
    await browser.fill({ [`siret-${poste}`]: false, ...typed }).submit("Prendre en charge");
    expect(shown()).toMatchObject({ ...typed, told: "Vous avez pris cette demande en charge." });
    expect(shown().box).toBeUndefined();
    await browser.fill({ colleague: colleague.sub }).submit("Confier");
    expect(shown()).toMatchObject({ ...typed, seen: colleague.sub });
    await answerTo(colleague, `${path}/charge`, { to: "", seen: colleague.sub });
    await browser.submit("Prendre en charge");
    expect(browser.page.status).toBe(422);
    expect(shown()).toMatchObject({ ...typed, seen: "" });
    await browser.submit("#primary");
    expect(browser.page.text).toContain("Accès changés");
  });

  it("are shown the request with every box ticked, and accept it all with one key", async () => {
    const { person, path } = await asking(dinum, poste);
    await agent.open(path);
    await agent.browser.submit("Accepter et ouvrir");
    expect(agent.browser.page).toMatchObject({ status: 200, h1: "Demandes d'accès" });
    expect(agent.browser.page.find("[role=status]")?.text).toBe(
      "La demande est acceptée, un message l'annonce. Accès changés\u00a0: 2.".replace(
        "\u00a0",
        " ",
      ),
    );
    expect(await openTo(person.sub)).toEqual([dinum, poste]);
  });

  it("refuse a request for a reason, which the mail tells", async () => {
    const { person, path } = await asking(poste);
    await agent.open(path);
    await agent.browser.click("Refuser la demande");
    expect(agent.browser.page).toMatchObject({ status: 200, h1: "Refuser la demande" });
    await agent.browser.submit("Refuser la demande");
    expect(agent.browser.page).toMatchObject({ status: 422, h1: "Refuser la demande" });
    expect(errors(agent)).toEqual(["Indiquez le motif."]);
    await agent.browser.fill({ reason: "m".repeat(501) }).submit("Refuser la demande");
    expect(errors(agent)).toEqual(["Le motif compte au plus 500 caractères."]);
    await agent.browser.fill({ reason: "Ce SIRET est celui d'un tiers" }).submit("#primary");
    expect(agent.browser.page.find("[role=status]")?.text).toContain("La demande est refusée");
    const mail = await mailTo(provider, person.email, "Votre demande d'accès n'a pas été acceptée");
    expect(mail.text).toContain("Ce SIRET est celui d'un tiers");
    expect(await openTo(person.sub)).toEqual([]);
    expect(await eventsOf(person.sub)).toContainEqual(["access-request-refused", agent.sub]);
    await agent.open(`${path}/refuse`);
    expect(agent.browser.page).toMatchObject({ h1: "Demande d'accès" });
    expect(agent.browser.page.text).toContain("Ce SIRET est celui d'un tiers");
  });

  it.each([
    [{}, "siret", "Choisissez un établissement."],
    [{ [`siret-${other}`]: "on" }, "siret", "Cet établissement n'est pas dans la demande."],
    [
      { [`siret-${dinum}`]: "on", reason: "n".repeat(501) },
      "reason",
      "Le motif compte au plus 500 caractères.",
    ],
    [
      { [`siret-${dinum}`]: "on", until: "2020-01-01" },
      "until",
      "Cette date est passée : choisissez-en une à venir.",
    ],
    [
      { [`siret-${dinum}`]: "on", until: "2099-02-30" },
      "until",
      "Indiquez une date qui existe, par exemple 2027-01-31.",
    ],
  ] as readonly (readonly [Readonly<Record<string, string>>, string, string])[])(
    "do not accept %j, and keep what was typed",
    async (typed, field, sentence) => {
      const { person, path } = await asking(dinum);
      const page = await agent.post(`${path}/accept`, typed);
      expect(page).toMatchObject({ status: 422, h1: "Demande d'accès" });
      const [link] = page.findAll(".error-summary a");
      expect(link?.text.replace("\u00a0", " ")).toBe(sentence);
      expect(link?.attribute("href")).toBe(`#${field}`);
      expect(page.find("#until")?.attribute("value")).toBe(typed["until"] ?? "");
      expect(await openTo(person.sub)).toEqual([]);
    },
  );

  it("do not accept for an account that is disabled", async () => {
    const { person, path } = await asking(dinum);
    await provider.application.administration.setState(person.email, "disabled", "operator");
    await agent.post(`${path}/accept`, { [`siret-${dinum}`]: "on" });
    expect(agent.browser.page.status).toBe(422);
    expect(errors(agent)).toEqual(["Ce compte n'est pas actif."]);
  });

  it("decide once when two do at the same moment, and the other one is told", async () => {
    const colleague = await newColleague(provider, "agent");
    const { person, path } = await asking(dinum);
    const answers = await Promise.all([
      answerTo(agent, `${path}/accept`, { [`siret-${dinum}`]: "on" }),
      answerTo(colleague, `${path}/refuse`, { reason: "non" }),
      answerTo(agent, `${path}/accept`, { [`siret-${dinum}`]: "on" }),
      answerTo(colleague, `${path}/refuse`, { reason: "non" }),
    ]);
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([303, 422, 422, 422]);
    for (const answer of answers.filter(({ status }) => status === 422)) {
      const html = await answer.text();
      expect(html).toContain("Cette demande n'attend plus");
      expect(html).not.toContain("Accepter et ouvrir");
    }
    const letters = await subjects(person.email);
    expect(letters).toHaveLength(2);
    const wasAccepted = letters.includes("Ouverture de votre accès");
    expect(await openTo(person.sub)).toEqual(wasAccepted ? [dinum] : []);
  });

  it("do not decide their own request, nor an agent a colleague's; a reader only looks", async () => {
    const { person, path } = await asking(dinum);
    await reader.open(path);
    expect(reader.browser.page.status).toBe(200);
    expect(reader.browser.page.text).toContain("130 025 265 00013");
    expect(reader.browser.page.findAll("main form")).toEqual([]);
    await provider.application.administration.setRole(person.email, "agent", "operator");
    const fields = { [`siret-${dinum}`]: "on", reason: "r" };
    for (const act of ["accept", "refuse"]) {
      expect((await agent.post(`${path}/${act}`, fields)).status).toBe(403);
    }
    await agent.open(path);
    expect(agent.browser.page.findAll("main form")).toEqual([]);
    expect(agent.browser.page.text).toContain("seule l'administration peut la traiter");
    const own = { account: { id: (await accountOf(agent.email)).id }, sirets: poste, message: "" };
    const asked = await provider.application.accessRequests.ask(own);
    if (!asked.accepted) throw new Error("the request was not kept");
    const ownPath = `/admin/requests/${String(asked.value.request.id)}`;
    for (const act of ["accept", "refuse"]) {
      expect((await agent.post(`${ownPath}/${act}`, { ...fields })).status).toBe(403);
    }
    await agent.open(ownPath);
    expect(agent.browser.page.text).toContain("seul un collègue peut la traiter");
    expect(await openTo(agent.sub)).toEqual([]);
  });

  it("see what became of a deleted account's request, without its name", async () => {
    const { person, path } = await asking(dinum);
    await provider.application.deleteAccount({ account: person, by: "operator" });
    await agent.open(path);
    expect(agent.browser.page.status).toBe(200);
    expect(agent.browser.page.text).toContain("Compte supprimé");
    expect(agent.browser.page.text).not.toContain(person.email);
    await agent.post(`${path}/accept`, { [`siret-${dinum}`]: "on" });
    expect(agent.browser.page.status).toBe(422);
  });

  it("see of a request that its person took it back, among the refused ones, too", async () => {
    const { person } = await asking(dinum);
    await person.browser.submit("Retirer la demande 130 025 265 00013");
    expect(person.browser.page.text).not.toContain("Réponse du");
    await agent.open("/admin/requests?state=refused");
    const rows = agent.browser.page.findAll(".rows tbody tr");
    const row = rows.find(({ text }) => text.includes(person.email));
    expect(row?.text).toContain("Jeanne Durand Retirée");
    expect(rows.filter(({ text }) => text.includes("Retirée"))).toHaveLength(1);
  });

  it("page through the queue, the oldest first", async () => {
    const person = await newPerson(provider);
    const { id: account } = await accountOf(person.email);
    await provider.application.database.knex("access_requests").insert(
      Array.from({ length: 51 }, (_, index) => ({
        ...{ account_id: account, sirets: dinum, state: "refused", asked_at: index + 1 },
        ...{ decided_at: index + 2, decided_by: "operator", reason: "r" },
      })),
    );
    const seen: string[] = [];
    const { browser } = agent;
    await agent.open("/admin/requests?state=refused");
    expect(browser.page.findAll(".rows tbody tr")).toHaveLength(50);
    for (;;) {
      const links = browser.page.findAll(".rows tbody a");
      seen.push(...links.map((link) => link.attribute("href") ?? ""));
      if (!browser.page.find("a[rel=next]")) break;
      await browser.click("Page suivante");
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(51);
    const ids = seen.map((path) => Number(path.split("/").at(-1)));
    expect(ids).toEqual([...ids].sort((left, right) => left - right));
  });

  it("invite an address that has no account: one mail, and its access opens once it is validated", async () => {
    const email = newAddress();
    const { browser } = agent;
    await agent.open("/admin");
    await browser.open(`${provider.issuer}/admin?q=${encodeURIComponent(email)}`);
    await browser.click("Inviter cette adresse");
    expect(browser.page).toMatchObject({ status: 200, h1: "Inviter une adresse" });
    expect(browser.page.find("#email")?.attribute("value")).toBe(email);
    const typed = {
      siret_list: `${dinum} et 13002526500014`,
      reason: "appel",
      until: "2099-12-31",
    };
    await browser.fill(typed).submit("Vérifier");
    expect(browser.page).toMatchObject({ status: 200, h1: "Vérifier avant d'inviter" });
    expect(browser.page.findAll(".rows tbody tr").map(({ text }) => text)[1]).toBe(
      "130 025 265 00013 DINUM Attendra le compte",
    );
    expect(await subjects(email)).toEqual([]);
    await browser.submit("Inviter (1)");
    expect(browser.page).toMatchObject({ status: 200, h1: "Invitations en attente" });
    expect(browser.page.find("[role=status]")?.text).toContain("L'invitation est faite");
    const row = browser.page.findAll(".rows tbody tr").find(({ text }) => text.includes(email));
    expect(row?.text).toContain("DINUM");
    expect(row?.text).toContain("appel");
    expect(row?.text).toContain("31/12/2099");
    const mail = await mailTo(provider, email, "Vous êtes invité à accéder aux Web services");
    expect(mail.text).not.toContain("appel");
    const visitor = await signUp(provider, email);
    await browser.open(`${provider.issuer}/admin?q=${encodeURIComponent(email)}`);
    expect(browser.page.text).not.toContain("Inviter cette adresse");
    expect(await openTo(await validated(visitor, email))).toEqual([dinum]);
    await agent.open("/admin/invitations");
    expect(browser.page.text).not.toContain(email);
    expect(provider.log.filter((line) => /"event":"access-invited"/.test(line))).not.toEqual([]);
  });

  it("invite nobody who has an account, and nothing wrong", async () => {
    const person = await newPerson(provider);
    const email = newAddress();
    const fields = { email, siret_list: dinum, sirets: dinum, reason: "motif", until: "" };
    for (const [typed, field, sentence] of [
      [
        { email: person.email },
        "email",
        "Cette adresse a un compte : ouvrez les accès depuis sa page.",
      ],
      [{ email: "x" }, "email", undefined],
      [{ siret_list: " ", sirets: " " }, "siret_list", "Collez au moins un SIRET."],
      [{ reason: " " }, "reason", "Indiquez le motif."],
      [{ until: "2020-01-01" }, "until", "Cette date est passée : choisissez-en une à venir."],
    ] as const) {
      for (const path of ["/admin/invite/preview", "/admin/invite"]) {
        const page = await agent.post(path, { ...fields, ...typed });
        expect(page).toMatchObject({ status: 422, h1: "Inviter une adresse" });
        const [link] = page.findAll(".error-summary a");
        expect(link?.attribute("href")).toBe(`#${field}`);
        if (sentence) expect(link?.text.replace("\u00a0", " ")).toBe(sentence);
      }
    }
    expect(await subjects(email)).toEqual([]);
    expect(await provider.application.invitations.list({ waiting: true })).not.toContainEqual(
      expect.objectContaining({ email }),
    );
  });

  it("are told that no letter goes where nothing is new, or the address got enough of them", async () => {
    const email = newAddress();
    const told = async (siret: string) => {
      const fields = { email, siret_list: siret, sirets: siret, reason: "appel", until: "" };
      const location = (await answerTo(agent, "/admin/invite", fields)).headers.get("location");
      return new URL(location ?? "", provider.issuer).search;
    };
    expect(await told(poste)).toBe("?done=invited&changed=1&unchanged=0");
    expect(await told(poste)).toBe("?done=unchanged");
    for (const siret of manySirets(4, "418166096")) await told(siret);
    expect(await told(dinum)).toBe("?done=invited-unmailed&changed=1&unchanged=0");
    expect(await subjects(email)).toHaveLength(5);
    await agent.open("/admin/invitations?done=invited-unmailed");
    expect(agent.browser.page.text).toContain("aucun autre ne part");
  });

  it("withdraw an invitation once, for a reason, and nothing opens", async () => {
    const email = newAddress();
    const fields = { email, siret_list: poste, sirets: poste, reason: "appel", until: "" };
    await agent.post("/admin/invite", fields);
    const again = await agent.post("/admin/invite/preview", fields);
    expect(again.find(".rows tbody tr")?.text).toBe("356 000 000 09075 Attend déjà");
    const waiting = await provider.application.invitations.list({ waiting: true });
    const id = waiting.find((each) => each.email === email)?.id;
    const path = `/admin/invitations/${String(id)}/withdraw`;
    await agent.open(path);
    expect(agent.browser.page.text).toContain("356 000 000 09075");
    await agent.browser.submit("Retirer l'invitation");
    expect(agent.browser.page.status).toBe(422);
    expect(errors(agent)).toEqual(["Indiquez le motif."]);
    const answers = await Promise.all(
      ["un", "deux", "trois"].map((reason) => answerTo(agent, path, { reason })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422]);
    for (const answer of answers.filter(({ status }) => status === 422))
      expect(await answer.text()).toContain("Cette invitation n'attend plus");
    await agent.open(path);
    expect(agent.browser.page).toMatchObject({ h1: "Invitations en attente" });
    expect(agent.browser.page.text).not.toContain(email);
    const withdrawn = provider.log.filter((line) => /"event":"invitation-withdrawn"/.test(line));
    expect(withdrawn).toHaveLength(1);
    expect(await openTo(await validated(await signUp(provider, email), email))).toEqual([]);
  });

  /** Follows the link of the validation mail. @returns the `sub` of the account */
  async function validated(visitor: BrowserAgent, email: string): Promise<string> {
    await visitor.open(await validationLink(provider, email));
    await visitor.submit("Valider la création de mon compte");
    return (await accountOf(email)).sub;
  }

  async function accountOf(email: string) {
    const found = await provider.application.administration.find(email);
    if (!found.accepted) throw new Error(`no account: ${email}`);
    return found.value;
  }
});
