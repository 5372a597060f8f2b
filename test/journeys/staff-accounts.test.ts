import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { minutes } from "../../src/foundation/index.ts";
import { mailsTo, newAddress, signUp } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("staff and an account, on $name", (kind) => {
  let provider: TestProvider;
  let agent: Colleague;
  let admin: Colleague;
  const pageOf = (sub: string) => `/admin/accounts/${sub}`;
  const events = async (sub: string) =>
    (await provider.application.audit.page({ person: { sub } }, { limit: 50 })).entries;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    agent = await newColleague(provider, "agent");
    admin = await newColleague(provider, "admin");
  });
  afterAll(async () => {
    await provider.stop();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it("asks who is not signed in to sign in, and refuses a partner", async () => {
    const stranger = new BrowserAgent();
    await stranger.open(`${provider.issuer}/admin`);
    expect(stranger.page).toMatchObject({ status: 200, h1: "Connexion" });
    const partner = await newColleague(provider, undefined);
    expect(await partner.open("/admin")).toMatchObject({ status: 403, h1: "Demande refusée" });
  });

  it("finds an account from the first page, and shows all that is known of it", async () => {
    const person = await newPerson(provider, sirets[0], sirets[1]);
    await provider.party("portal").login(person.browser);
    await person.signIn();
    await provider.closeAccess(person.email, sirets[1]);
    await mailsTo(provider, person.email);
    await agent.open("/admin");
    await agent.browser.fill({ q: person.email }).submit();
    expect(agent.browser.page.findAll(".rows tbody th a").map(({ text }) => text)).toEqual([
      "Jeanne Durand",
    ]);
    await agent.browser.click("Jeanne Durand");
    const { page } = agent.browser;
    expect(page).toMatchObject({ status: 200, h1: "Jeanne Durand" });
    for (const text of [
      person.email,
      person.sub,
      "130 025 265 00013",
      "356 000 000 09075",
      "Ligne de commande",
      "Ouverture de votre accès",
      "Fermeture de votre accès",
      "Envoyé",
      "Connexion",
    ]) {
      expect(page.text).toContain(text);
    }
    expect(page.findAll("h2").map(({ text }) => text)).toEqual([
      "Accès ouverts",
      "Accès passés",
      "Compte",
      "Vérification en deux étapes",
      "Sessions",
      "Connexions",
      "Messages envoyés",
    ]);
    expect(page.html).not.toContain("argon2");
  });

  it("says that an address has no account, and what is too short", async () => {
    await agent.open("/admin?q=personne@nulle.part.test");
    expect(agent.browser.page.text).toContain("Aucun compte ni aucune inscription en cours");
    await agent.open("/admin?q=zo");
    expect(agent.browser.page).toMatchObject({ status: 422, h1: "Comptes" });
    expect(agent.browser.page.text).toContain("Saisissez au moins 3 lettres");
    expect(await agent.open("/admin/accounts/unknown")).toMatchObject({ status: 404 });
  });

  it("does not say of an address that it has no account where that account is on the next page", async () => {
    const email = newAddress();
    const { sub } = await provider.addAccount(email);
    for (let number = 0; number < 26; number++) await provider.addAccount(`${number}.${email}`);
    await agent.open(`/admin?q=${email}`);
    expect(agent.browser.page.html).not.toContain(pageOf(sub));
    expect(agent.browser.page.text).not.toContain("Aucun compte ni aucune inscription");
    await agent.browser.click("Page suivante");
    expect(agent.browser.page.html).toContain(pageOf(sub));
  });

  it("pages through many accounts", async () => {
    for (let number = 0; number < 30; number++) {
      await provider.application.accounts.insert(
        {
          ...{ sub: `tourne-${number}`, email: `tourne.${number}@pages.test` as never },
          ...{ givenName: "Tourne", familyName: "Page", locale: "fr", passwordHash: "x" },
          clientId: undefined,
        },
        1,
      );
    }
    await agent.open("/admin?q=tourne");
    const rows = () => agent.browser.page.findAll(".rows tbody tr").length;
    expect(rows()).toBe(25);
    await agent.browser.click("Page suivante");
    expect(rows()).toBe(5);
    expect(agent.browser.page.text).not.toContain("Page suivante");
  });

  /** What the question on the page counts. */
  const counted = ({ browser: { page } }: Colleague) =>
    page.findAll(".effects dt").map(({ text }, place) => {
      return [text, page.findAll(".effects dd")[place]?.text];
    });

  it("disables an account, which ends all it holds, and enables it again", async () => {
    const person = await newPerson(provider, sirets[0]);
    await provider.party("portal").login(person.browser);
    await person.signIn();
    await agent.open(pageOf(person.sub));
    await agent.browser.click("Désactiver le compte");
    // Asked before, with what will end; a look changes nothing.
    expect(agent.browser.page.h1).toBe("Désactiver ce compte ?");
    expect(counted(agent)).toEqual([
      ["Sessions fermées", "1"],
      ["Services dont les jetons perdent leur valeur", "1"],
      ["Accès ouverts, sans effet tant que le compte est désactivé", "1"],
      ["Demandes en attente, qu'on ne peut plus accepter", "0"],
    ]);
    await agent.browser.click("Désactiver le compte");
    expect(agent.browser.page.text).toContain("Le compte est désactivé");
    await person.browser.open(`${provider.issuer}/account`);
    expect(person.browser.page.h1).toBe("Connexion");
    await agent.browser.click("Réactiver le compte");
    expect(agent.browser.page.text).toContain("Le compte est réactivé.");
    expect(await events(person.sub)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: "account-disabled", actor: agent.sub }),
        expect.objectContaining({ name: "account-enabled", actor: agent.sub }),
      ]),
    );
  });

  it("sends a recovery mail in the person's language and to nobody else", async () => {
    const person = await newPerson(provider);
    await agent.open(pageOf(person.sub));
    await agent.browser.click("Envoyer un message de récupération");
    expect(agent.browser.page.text).toContain("Un message de récupération va partir");
    const [mail] = await mailsTo(provider, person.email);
    expect(mail?.subject).toBe("Récupération de votre mot de passe");
    const [event] = await events(person.sub);
    expect(event).toMatchObject({ name: "recovery-requested", actor: agent.sub });
  });

  it("ends one session, then all of them", async () => {
    const person = await newPerson(provider);
    const browsers = [new BrowserAgent(), new BrowserAgent(), new BrowserAgent()];
    for (const browser of browsers) {
      await browser.open(`${provider.issuer}/account`);
      await person.signIn(browser);
    }
    const isSignedIn = async (browser: BrowserAgent) =>
      (await browser.open(`${provider.issuer}/account`)).h1 === "Mon compte";
    const signedIn = async () => {
      const all = await Promise.all(browsers.map(isSignedIn));
      return all.filter(Boolean).length;
    };
    await agent.open(pageOf(person.sub));
    const [first] = agent.browser.page
      .findAll("form")
      .map((form) => form.attribute("action") ?? "")
      .filter((action) => /sessions\/.+\/end$/.test(action));
    await agent.post(first ?? "");
    expect(agent.browser.page.text).toContain("Les sessions sont fermées.");
    expect(await signedIn()).toBe(2);
    await agent.open(pageOf(person.sub));
    await agent.browser.click("Fermer toutes les sessions");
    expect(counted(agent)[0]).toEqual(["Sessions fermées", "2"]);
    expect(await signedIn()).toBe(2);
    await agent.browser.submit("Fermer toutes les sessions");
    expect(await signedIn()).toBe(0);
    expect(agent.browser.page.text).toContain("Aucune session n'est ouverte.");
  });

  it("sends the validation of a pending sign-up again, once a minute", async () => {
    const email = newAddress();
    await signUp(provider, email);
    await mailsTo(provider, email);
    await agent.open(`/admin?q=${email}`);
    expect(agent.browser.page.text).toContain("Inscriptions à valider");
    await agent.browser.click("Renvoyer la validation");
    expect(agent.browser.page).toMatchObject({ status: 429 });
    expect(agent.browser.page.text).toContain("Un message vient déjà de partir.");
    fakeDate(Date.now() + 61_000);
    await agent.open(`/admin?q=${email}`);
    await agent.browser.click("Renvoyer la validation");
    expect(agent.browser.page.text).toContain("Un nouveau message de validation va partir.");
    expect(await mailsTo(provider, email)).toHaveLength(2);
    await agent.post("/admin/sign-ups/unknown/resend");
    expect(agent.browser.page).toMatchObject({ status: 422 });
    expect(agent.browser.page.text).toContain("Cette inscription n'attend plus sa validation.");
  });

  it("deletes an account after a page that says what that does: admins alone", async () => {
    const person = await newPerson(provider, sirets[0]);
    await agent.open(pageOf(person.sub));
    expect(agent.browser.page.text).not.toContain("Supprimer le compte");
    await admin.open(pageOf(person.sub));
    await admin.browser.click("Supprimer le compte");
    expect(admin.browser.page).toMatchObject({ status: 200, h1: "Supprimer ce compte ?" });
    expect(counted(admin)[2]).toEqual(["Accès fermés, annoncés dans un message", "1"]);
    await admin.browser.submit();
    expect(admin.browser.page.text).toContain("Le compte est supprimé.");
    expect(await admin.open(pageOf(person.sub))).toMatchObject({ status: 404 });
    const mails = (await mailsTo(provider, person.email)).map(({ subject }) => subject);
    expect(mails).toContain("Fermeture de votre accès");
    expect((await events(person.sub)).map(({ name, actor }) => [name, actor])).toEqual([
      ["access-closed", admin.sub],
      ["account-deleted", admin.sub],
      ["access-opened", "operator"],
    ]);
  });

  /** Those of the page, beside those of every page. */
  const forms = ({ browser }: Colleague) =>
    browser.page
      .findAll("form")
      .filter((form) => form.attribute("action") !== "/language")
      .filter(({ text }) => text.trim() !== "Se déconnecter");

  it("shows a reader everything, and offers nothing to do", async () => {
    const reader = await newColleague(provider, "reader");
    const person = await newPerson(provider, sirets[0]);
    await reader.open(pageOf(person.sub));
    expect(reader.browser.page.status).toBe(200);
    expect(forms(reader)).toEqual([]);
    expect(reader.browser.page.text).not.toContain("Ouvrir des accès");
  });

  it("says why nothing may be done with one's own account or a colleague's", async () => {
    await agent.open(pageOf(agent.sub));
    expect(agent.browser.page.text).toContain("C'est votre compte");
    await agent.open(pageOf(admin.sub));
    expect(agent.browser.page.text).toContain("C'est le compte d'un membre de l'équipe");
    expect(forms(agent)).toEqual([]);
    await admin.open(pageOf(agent.sub));
    expect(admin.browser.page.text).toContain("Désactiver le compte");
  });

  it("asks to sign in again once fifteen minutes have passed, to the second", async () => {
    const person = await newPerson(provider);
    const colleague = await newColleague(provider, "agent");
    const signedInAt = Date.now();
    const disable = async () => {
      const url = new URL(`${pageOf(person.sub)}/disable`, provider.issuer);
      const cookie = colleague.browser.cookies.header(url) ?? "";
      const answer = await fetch(url, { method: "POST", redirect: "manual", headers: { cookie } });
      return answer.headers.get("location");
    };
    fakeDate(signedInAt + minutes(15) * 1000 - 1000);
    expect(await disable()).toBe(`${pageOf(person.sub)}?done=disabled`);
    fakeDate(signedInAt + minutes(15) * 1000 + 2000);
    expect(await disable()).toMatch(/^\/sign-in\?return_to=\/admin\/kept\/[\w-]+&fresh=1$/);
    expect(await colleague.open(pageOf(person.sub))).toMatchObject({ status: 200 });
  });

  it("takes the back office away with the role and with the account, at once", async () => {
    const colleague = await newColleague(provider, "agent");
    const { administration } = provider.application;
    await administration.setRole(colleague.email, undefined, "operator");
    expect(await colleague.open("/admin")).toMatchObject({ status: 403 });
    await administration.setRole(colleague.email, "reader", "operator");
    expect(await colleague.open("/admin")).toMatchObject({ status: 200 });
    await administration.setState(colleague.email, "disabled", "operator");
    expect(await colleague.open("/admin")).toMatchObject({ h1: "Connexion" });
  });

  it("lets two staff act at the same moment: one does it, the other is told that it was done", async () => {
    const person = await newPerson(provider);
    const other = await newColleague(provider, "agent");
    const locations = await Promise.all(
      [agent, other, admin, agent, other, admin].map(async ({ browser }) => {
        const url = new URL(`${pageOf(person.sub)}/disable`, provider.issuer);
        const cookie = browser.cookies.header(url) ?? "";
        const answer = await fetch(url, {
          method: "POST",
          redirect: "manual",
          headers: { cookie },
        });
        return answer.headers.get("location")?.split("=")[1] ?? "";
      }),
    );
    expect(locations.sort()).toEqual(["disabled", ...Array<string>(5).fill("unchanged")]);
    const disabled = (await events(person.sub)).filter(({ name }) => name === "account-disabled");
    expect(disabled.filter(({ outcome }) => outcome === "accepted")).toHaveLength(1);
  });
});
