import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { mailTo, mailsTo } from "../support/account-journey.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import type { Siret } from "../../src/establishments/index.ts";
import { manySirets } from "../support/many-sirets.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two] = sirets;

describe.each(databases)("asking for access, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: { establishment_required: true } },
    });
  });
  afterAll(async () => {
    await provider.stop();
  });

  const states = (page: Page) => page.findAll(".request-state").map(({ text }) => text);
  const ownPage = () => `${provider.issuer}/account/requests`;
  const waiting = async (person: Person) => {
    const all = await provider.application.accessRequests.list({ state: "waiting" });
    return all.filter(({ sub }) => sub === person.sub);
  };

  /** Somebody in front of the page that says that nothing is open. */
  async function atNoAccess() {
    const person = await newPerson(provider);
    const login = await provider.party("portal").login(person.browser);
    await person.signIn();
    expect(person.browser.page.h1).toBe("Accès pas encore ouvert");
    return { person, login, browser: person.browser };
  }

  it("is taken, too, when the authorization ended while it was typed", async () => {
    fakeDate(Date.now());
    const { person, browser } = await atNoAccess();
    const form = browser.page.form("form.ask").fill({ sirets: one, message: "Bonjour" });
    fakeDate(Date.now() + 61 * 60_000);
    const page = await form.submit("Envoyer la demande");
    jest.useRealTimers();
    expect(page).toMatchObject({ status: 200, h1: "Demander un accès" });
    expect(await waiting(person)).toMatchObject([{ message: "Bonjour" }]);
  });

  it("is done on the « no access yet » page, which then says where the request stands", async () => {
    const { person, browser } = await atNoAccess();
    await browser.page
      .form("form.ask")
      .fill({ sirets: "130 025 265 00013", message: "Bonjour" })
      .submit("Envoyer la demande");
    expect(browser.page).toMatchObject({ status: 200, h1: "Accès pas encore ouvert" });
    expect(browser.page.find("[role=status]")?.text).toContain(person.email);
    expect(states(browser.page)).toEqual(["En attente"]);
    expect(browser.page.text).toContain("130 025 265 00013");
    const received = await mailTo(provider, person.email, "Nous avons reçu votre demande d'accès");
    expect(received.text).toContain("130 025 265 00013");

    const [request] = await waiting(person);
    expect(request).toMatchObject({ clientId: "portal", message: "Bonjour" });
    const decision = { id: request?.id ?? 0, by: "operator", reason: "Ce n'est pas le vôtre" };
    await provider.application.accessRequests.refuse(decision);
    await browser.open(browser.page.url.replace(/\?.*/, ""));
    expect(states(browser.page)).toEqual(["Refusée"]);
    expect(browser.page.text).toContain("Ce n'est pas le vôtre");
    const refused = await mailTo(
      provider,
      person.email,
      "Votre demande d'accès n'a pas été acceptée",
    );
    expect(refused.links).toContain(ownPage());
    expect(provider.log.join("")).toMatch(/"event":"access-requested".*"sub":"/);
  });

  it("leaves the page's other ways out as they were", async () => {
    const { login, browser } = await atNoAccess();
    await browser.page.form("form.ask").fill({ sirets: one }).submit("Envoyer la demande");
    await browser.submit("Retour au service");
    expect(await login.refused()).toMatchObject({ error: "access_denied" });
  });

  it("refuses what is no SIRET with the page, and keeps what was typed", async () => {
    const { person, browser } = await atNoAccess();
    await browser.page
      .form("form.ask")
      .fill({ sirets: "130 025 265 00014", message: "<b>Bonjour</b>" })
      .submit("Envoyer la demande");
    const { page } = browser;
    expect([page.status, page.title]).toEqual([
      422,
      "Erreur - Accès pas encore ouvert - l'Opcommerce",
    ]);
    expect(page.find("a[href='#sirets']")?.text).toContain("130 025 265 00014");
    expect(page.find("#sirets")?.attribute("aria-invalid")).toBe("true");
    expect(page.find("#sirets")?.attribute("aria-describedby")).toBe("sirets-hint sirets-error");
    expect(page.find("#sirets")?.text).toContain("130 025 265 00014");
    expect(page.find("#message")?.text).toContain("<b>Bonjour</b>");
    expect(page.findAll("b")).toEqual([]);
    expect(await waiting(person)).toEqual([]);
  });

  it("is done and followed on a page of the account, until the access is open", async () => {
    const person = await newPerson(provider);
    const { browser } = person;
    await browser.open(ownPage());
    expect(browser.page.h1).toBe("Connexion");
    await person.signIn();
    expect(browser.page).toMatchObject({ h1: "Demander un accès", url: ownPage() });
    expect(browser.page.findAll("#primary")).toHaveLength(1);
    await browser.page
      .form("form.ask")
      .fill({ sirets: `${one}, ${two}` })
      .submit("Envoyer la demande");
    expect(states(browser.page)).toEqual(["En attente"]);
    const [request] = await waiting(person);
    await provider.application.accessRequests.accept({
      id: request?.id ?? 0,
      by: "operator",
      reason: "note interne",
    });
    await browser.open(ownPage());
    expect(states(browser.page)).toEqual(["Acceptée"]);
    expect(browser.page.text).not.toContain("note interne");
    const subjects = (await mailsTo(provider, person.email)).map(({ subject }) => subject);
    // Two that leave at once come in any order.
    expect(subjects.sort()).toEqual([
      "Nous avons reçu votre demande d'accès",
      "Ouverture de votre accès",
    ]);
    await browser.open(`${provider.issuer}/account`);
    expect(browser.page.find("a[href='/account/requests']")?.text).toContain("Demander un accès");
  });

  it("refuses on the account's page too: nothing typed, and too many waiting", async () => {
    const person = await newPerson(provider);
    const { browser } = person;
    await browser.open(ownPage());
    await person.signIn();
    await browser.submit("Envoyer la demande");
    expect(browser.page).toMatchObject({ status: 422, h1: "Demander un accès" });
    expect(browser.page.find("a[href='#sirets']")?.text).toContain("au moins un numéro SIRET");
    for (const siret of manySirets(4)) {
      await browser.open(ownPage());
      await browser.page.form("form.ask").fill({ sirets: siret }).submit("Envoyer la demande");
    }
    expect(browser.page.status).toBe(422);
    expect(browser.page.find(".error-summary")?.text).toContain("3 demandes en attente");
    expect(await waiting(person)).toHaveLength(3);
  });

  it("says on the « no access yet » page that a request waits, and does not ask to make it", async () => {
    const { person, browser } = await atNoAccess();
    const { page: before } = browser;
    expect(before.text).toContain("Merci de vous rapprocher de votre correspondant");
    expect(before.find("#primary")?.text).toBe("Envoyer la demande");
    await before.form("form.ask").fill({ sirets: one }).submit("Envoyer la demande");
    const { page } = browser;
    expect(page.text).toContain("sa réponse vous parviendra par email");
    expect(page.text).not.toContain("Merci de vous rapprocher");
    expect(page.text).not.toContain("en prenant directement contact");
    expect(page.find("#primary")?.text).toBe("Retour au service");
    await page
      .form("form.ask")
      .fill({ sirets: `${one} ${two}` })
      .submit("Envoyer la demande");
    expect(browser.page.find("[role=status]")?.text).toContain("Déjà demandé");
    expect((await waiting(person)).map(({ sirets: asked }) => asked)).toEqual([[one], [two]]);
    await browser.submit("Retirer la demande 130 025 265 00013");
    expect(browser.page.find("[role=status]")?.text).toBe("Votre demande est retirée.");
    expect(states(browser.page)).toEqual(["En attente", "Retirée"]);
  });

  it("says of each establishment what became of it, on the page, in the mail and in the API", async () => {
    const person = await newPerson(provider);
    const { browser } = person;
    await browser.open(ownPage());
    await person.signIn();
    await browser.page
      .form("form.ask")
      .fill({ sirets: `${one} ${two}` })
      .submit("Envoyer la demande");
    const [request] = await waiting(person);
    const part = { sirets: [one as Siret], refusalReason: "Ce n'est pas le vôtre" };
    await provider.application.accessRequests.accept({
      id: request?.id ?? 0,
      by: "operator",
      ...part,
    });
    await browser.open(ownPage());
    const [entry] = browser.page.findAll(".entries li");
    expect(entry?.text).toMatch(/130 025 265 00013 Acceptée 356 000 000 09075 Refusée/);
    expect(entry?.text).toContain("Ce n'est pas le vôtre");
    const mail = await mailTo(provider, person.email, "Ouverture de votre accès");
    expect(mail.text).toMatch(
      /ouvert pour\s:\s+- SIRET 130 025 265 00013\s+Votre demande n'a pas été acceptée pour\s:\s+- SIRET 356 000 000 09075/,
    );
    expect(mail.text).toContain("Ce n'est pas le vôtre");
    await browser.page.form("form.ask").fill({ sirets: one }).submit("Envoyer la demande");
    expect(browser.page.find("a[href='#sirets']")?.text).toContain("déjà ouvert");
  });

  it("takes back a request on the account's page, once, and leaves others' alone", async () => {
    const person = await newPerson(provider);
    const { browser } = person;
    await browser.open(ownPage());
    await person.signIn();
    await browser.page.form("form.ask").fill({ sirets: one }).submit("Envoyer la demande");
    const [request] = await waiting(person);
    const other = await newPerson(provider);
    await other.browser.open(ownPage());
    await other.signIn();
    const url = `${ownPage()}/withdraw`;
    await other.browser.post(url, { request: String(request?.id) }, ownPage());
    expect(await waiting(person)).toHaveLength(1);
    await browser.submit("Retirer la demande 130 025 265 00013");
    expect(states(browser.page)).toEqual(["Retirée"]);
    expect(browser.page.find("[role=status]")?.text).toBe("Votre demande est retirée.");
    await browser.post(url, { request: String(request?.id) }, ownPage());
    expect(browser.page).toMatchObject({ status: 200, url: ownPage() });
  });

  it("shows a person their own requests alone", async () => {
    const { browser } = await atNoAccess();
    await browser.page
      .form("form.ask")
      .fill({ sirets: one, message: "à moi seul" })
      .submit("Envoyer la demande");
    const other = await newPerson(provider);
    await other.browser.open(ownPage());
    await other.signIn();
    expect(states(other.browser.page)).toEqual([]);
    expect(other.browser.page.text).not.toContain("à moi seul");
  });

  it("is refused without a session, and to a form of another site", async () => {
    const fields = { sirets: one, message: "" };
    const stranger = await new BrowserAgent().post(ownPage(), fields, ownPage());
    expect(stranger.h1).toBe("Connexion");
    const crossSite = await fetch(ownPage(), {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { "sec-fetch-site": "cross-site" },
    });
    expect(crossSite.status).toBe(403);
  });
});
