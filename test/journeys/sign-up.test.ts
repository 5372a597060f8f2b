import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import {
  askRecovery,
  labels,
  mailsTo,
  masked,
  newAddress,
  signIn,
  signUp,
  validationLink,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("signing up, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("shows the guide's page, from the sign-in page and back", async () => {
    const browser = new BrowserAgent();
    await provider.party("portal").login(browser);
    const signInUrl = browser.page.url;
    const page = await browser.click("Créer un compte");
    expect(page.url).toBe(`${signInUrl}/signup`);
    expect(page.h1).toBe("Créer un compte");
    expect(page.find("h2")?.text).toBe("Bienvenue");
    expect(labels(page)).toEqual({
      email: "Email",
      email_confirmation: "Confirmer votre Email",
      password: "Mot de passe",
      password_confirmation: "Confirmer le mot de passe",
      given_name: "Prénom",
      family_name: "Nom",
    });
    expect(page.find("#primary")?.text).toBe("Créer le compte");
    await browser.click("Récupérer mon mot de passe");
    expect(browser.page.url).toBe(`${signInUrl}/recovery`);
    await browser.open(page.url);
    await browser.click("Se connecter");
    expect(browser.page.url).toBe(signInUrl);
  });

  it("takes an address with accents in its domain, and its network name, for one; names as editors write them", async () => {
    const stored = "contact@xn--socit-esab.fr";
    const changes = {
      email: "\u200BContact@Société.fr ",
      given_name: "J.Pierre",
      family_name: "d’Arc",
    };
    const { page, cookies } = await signUp(provider, stored, { changes });
    expect(page.text).toContain("contact@société.fr");
    const browser = new BrowserAgent({ cookies });
    await browser.open(await validationLink(provider, stored));
    await browser.submit("Valider la création de mon compte");
    for (const email of [stored, "contact@SOCIÉTÉ.fr"]) {
      const person = new BrowserAgent();
      await person.open(`${provider.issuer}/account`);
      const own = await signIn(person, email);
      expect([own.h1, own.find(".lead")?.text]).toEqual(["Mon compte", "contact@société.fr"]);
      expect(own.form('form[action="/account/profile"]').values).toMatchObject({
        given_name: "J. Pierre",
        family_name: "d'Arc",
      });
    }
  });

  it("shows that a message was sent, to the address in lower case", async () => {
    const { page } = await signUp(provider, "Camille.Majuscule@Partenaire.TEST");
    expect(page.hops[0]).toMatchObject({ method: "POST", status: 303 });
    expect(page.url).toContain(`${provider.issuer}/signup/sent?of=`);
    expect(page.h1).toBe("Validation de compte");
    expect(page.findAll("svg.check-mark")).toHaveLength(1);
    expect(page.text).toContain(
      "Un message de validation a été envoyé sur votre email : camille.majuscule@partenaire.test",
    );
    expect(page.find("#primary")?.text).toBe("Renvoyer à nouveau l'email");
    await page.click("Retour à la connexion");
  });

  it("answers the same for an address that has an account, and tells its owner by mail", async () => {
    const [known, unknown] = [newAddress(), newAddress()];
    await provider.addAccount(known);
    const { page: knownPage } = await signUp(provider, known);
    const { page: unknownPage } = await signUp(provider, unknown);
    expect(masked(knownPage, known)).toBe(masked(unknownPage, unknown));
    expect(knownPage.hops.map(({ status }) => status)).toEqual([303, 200]);
    const names = (page: typeof knownPage) => page.hops.map(({ headers }) => Object.keys(headers));
    expect(names(knownPage)).toEqual(names(unknownPage));
    const mails = await mailsTo(provider, known);
    expect(mails.map(({ subject }) => subject)).toEqual(["Vous avez déjà un compte"]);
  });

  it("makes no account before it is validated: no sign-in, no new password", async () => {
    const email = newAddress();
    await signUp(provider, email);
    const browser = new BrowserAgent();
    await provider.party("portal").login(browser);
    const page = await signIn(browser, email);
    expect(page.text).toContain(`un message attend dans la boîte ${email}`);
    const account = await provider.application.administration.find(email);
    expect(account.accepted).toBe(false);
    await askRecovery(provider, email);
    const mails = await mailsTo(provider, email);
    const subjects = mails.map(({ subject }) => subject);
    expect(new Set(subjects)).toEqual(new Set(["Validation de création de compte"]));
  });

  it("sends the mail again after a minute, not a second before", async () => {
    const begin = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(begin);
    const email = newAddress();
    const browser = await signUp(provider, email);
    fakeDate(begin + 25_000);
    const early = await browser.submit("Renvoyer à nouveau l'email");
    expect(early).toMatchObject({ status: 429, h1: "Validation de compte" });
    expect(early.title).toBe("Erreur - Validation de compte - l'Opcommerce");
    expect(early.headers["retry-after"]).toBe("35");
    expect(early.text).toContain("Vous pourrez demander un nouvel envoi dans 35 secondes.");
    fakeDate(begin + 59_000);
    expect((await browser.submit("Renvoyer à nouveau l'email")).headers["retry-after"]).toBe("1");
    expect(await mailsTo(provider, email)).toHaveLength(1);
    fakeDate(begin + 60_000);
    const again = await browser.submit("Renvoyer à nouveau l'email");
    expect(again.hops.map(({ status }) => status)).toEqual([303, 200]);
    expect(again.text).toContain("Un nouveau message vient d'être envoyé.");
    expect(await mailsTo(provider, email)).toHaveLength(2);
  });

  it("sends the letter of the tab that asks again, not of the last one", async () => {
    const begin = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(begin);
    const [first, second] = [newAddress(), newAddress()];
    const browser = await signUp(provider, first);
    const firstTab = browser.page;
    await signUp(provider, second, { browser });
    expect(browser.page.text).toContain(second);
    expect((await browser.open(firstTab.url)).text).toContain(first);
    // A letter that is on its way while the clock jumps past its claim is sent a second time.
    expect(await mailsTo(provider, first)).toHaveLength(1);
    expect(await mailsTo(provider, second)).toHaveLength(1);
    fakeDate(begin + 61_000);
    const again = await browser.submit("Renvoyer à nouveau l'email");
    expect(again.text).toContain(first);
    expect(again.text).toContain("Un nouveau message vient d'être envoyé.");
    expect(await mailsTo(provider, first)).toHaveLength(2);
    expect(await mailsTo(provider, second)).toHaveLength(1);
    // Back after a refusal, and typed by hand: each leads to a page of this browser alone.
    await browser.open(`${provider.issuer}/signup/resend?of=planted`);
    expect(browser.page.text).toContain(second);
    const elsewhere = await new BrowserAgent().open(firstTab.url);
    expect(elsewhere.url).toBe(`${provider.issuer}/signup`);
  });

  it("knows both tabs by their links: neither asks for a password", async () => {
    const [first, second] = [newAddress(), newAddress()];
    const browser = await signUp(provider, first);
    await signUp(provider, second, { browser });
    for (const email of [first, second]) {
      await browser.open(await validationLink(provider, email));
      expect((await browser.submit("Valider la création de mon compte")).h1).toBe("Compte validé");
    }
  });

  it("opens a link with what a mail program put behind it, and says on the first device that it is done", async () => {
    const email = newAddress();
    const browser = await signUp(provider, email);
    const link = await validationLink(provider, email);
    for (const behind of [".", ">", ")", "%20", ").", "%C2%A0%C2%BB"])
      expect((await browser.open(`${link}${behind}`)).h1).toBe("Validation de compte");
    const sent = browser;
    const other = new BrowserAgent();
    await other.open(`${link}.`);
    await other.fill({ password: goodPassword }).submit("Valider la création de mon compte");
    expect(other.page.h1).toBe("Compte validé");
    await sent.open(`${provider.issuer}/signup/sent`);
    expect(sent.page).toMatchObject({ status: 200, h1: "Votre inscription est terminée" });
    expect(sent.page.find("#primary")?.text).toBe("Se connecter");
    await sent.post(`${provider.issuer}/signup/resend`, {}, provider.issuer);
    expect(sent.page.h1).toBe("Votre inscription est terminée");
  });

  it("promises no link for longer than the sign-up lives", async () => {
    const begin = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(begin);
    const email = newAddress();
    const browser = await signUp(provider, email);
    expect((await mailsTo(provider, email))[0]?.text).toMatch(/valable 24\sheures/);
    fakeDate(begin + (7 * 24 - 5) * 3_600_000 + 60_000);
    await browser.submit("Renvoyer à nouveau l'email");
    const mails = await mailsTo(provider, email);
    expect(mails).toHaveLength(2);
    expect(mails[1]?.text).toMatch(/valable 4\sheures/);
    const link = mails[1]?.links.find((each) => each.includes("/validate/")) ?? "";
    fakeDate(begin + (7 * 24 - 1) * 3_600_000 - 60_000);
    expect((await browser.open(link)).h1).toBe("Validation de compte");
    fakeDate(begin + 7 * 24 * 3_600_000 + 60_000);
    expect((await browser.open(link)).status).toBe(410);
  });

  it("writes no letter for a sign-up that is gone by then, and holds up nobody else's", async () => {
    const { database } = provider.application;
    const request = { purpose: "validation", email: newAddress(), locale: "fr", created_at: 1 };
    await database
      .knex("letter_requests")
      .insert({ ...request, id: "of-a-sign-up-that-is-gone", pending_sign_up_id: "gone" });
    const email = newAddress();
    await signUp(provider, email);
    expect(await validationLink(provider, email)).toContain("/validate/");
    expect(await mailsTo(provider, request.email)).toEqual([]);
  });

  it("leads a browser that did not sign up to the form", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${provider.issuer}/signup/sent`);
    expect(browser.page.url).toBe(`${provider.issuer}/signup`);
    await browser.post(`${provider.issuer}/signup/resend`, {}, provider.issuer);
    expect(browser.page.url).toBe(`${provider.issuer}/signup`);
  });

  it("lets two people ask for one address: the first validated wins, the other is led on", async () => {
    const email = newAddress();
    const stranger = await signUp(provider, email);
    const strangersLink = await validationLink(provider, email);
    const owner = await signUp(provider, email, {
      changes: {
        password: "agrafe-cheval-nuage-7",
        password_confirmation: "agrafe-cheval-nuage-7",
      },
    });
    const ownersLink = await validationLink(provider, email);
    expect((await stranger.open(strangersLink)).h1).toBe("Validation de compte");
    await owner.open(ownersLink);
    expect((await owner.submit("Valider la création de mon compte")).h1).toBe("Compte validé");
    const late = await stranger.submit("Valider la création de mon compte");
    expect(late).toMatchObject({ status: 410, h1: "Ce lien de validation a déjà servi" });
    expect(late.text).toContain("Votre compte est déjà validé : il vous suffit de vous connecter.");
    expect(late.find("#primary")?.text).toBe("Se connecter");
    await provider.party("portal").login(stranger);
    expect((await signIn(stranger, email)).status).toBe(422);
    await provider.party("portal").login(owner);
    await signIn(owner, email, "agrafe-cheval-nuage-7");
    expect(owner.page.h1).toBe("Accès pas encore ouvert");
  });
});
