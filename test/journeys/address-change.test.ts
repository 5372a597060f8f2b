import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { parseSiret } from "../../src/establishments/index.ts";
import { parseEmailAddress } from "../../src/foundation/index.ts";
import {
  askRecovery,
  expectRefused,
  mailTo,
  mailsTo,
  recoveryLink,
  validationLink,
  signUp,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const subject = "Validation de votre nouvelle adresse";

describe.each(databases)("changing one's address, on $name", (kind) => {
  let provider: TestProvider;
  let count = 0;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const newAddress = () => `nouvelle.${(count += 1)}@partenaire.test`;

  async function atTheForm(person: Person): Promise<BrowserAgent> {
    await person.browser.open(`${provider.issuer}/account`);
    if (person.browser.page.h1 === "Connexion") await person.signIn();
    await person.browser.click("Changer d'adresse email");
    return person.browser;
  }

  const ask = (
    browser: BrowserAgent,
    email: string,
    changes: Readonly<Record<string, string>> = {},
  ) =>
    browser
      .fill({ email, email_confirmation: email, current_password: goodPassword, ...changes })
      .submit();

  async function linkAt(email: string): Promise<string> {
    const { links } = await mailTo(provider, email, subject);
    return links.find((link) => link.includes("/account/email/")) ?? "";
  }

  /** Somebody who asked for a new address. @returns the link that it was sent */
  async function asked() {
    const person = await newPerson(provider, sirets[0]);
    const email = newAddress();
    await ask(await atTheForm(person), email);
    return { person, email, link: await linkAt(email) };
  }

  const accountAt = async (email: string) => {
    const found = await provider.application.administration.find(email);
    return found.accepted ? found.value : undefined;
  };

  async function confirm(link: string, password = goodPassword, browser = new BrowserAgent()) {
    await browser.open(link);
    await browser.fill({ password }).submit();
    return browser;
  }

  it("validates the new one by its link, tells the old one, and ends every session and token", async () => {
    const person = await newPerson(provider, sirets[0]);
    const login = await provider.party("portal").login(person.browser);
    await person.signIn();
    const { tokens } = await login.signedIn();
    const email = newAddress();
    await ask(await atTheForm(person), ` ${email.toUpperCase()} `);
    expect(person.browser.page).toMatchObject({ status: 200, h1: subject });
    expect(person.browser.page.text).toContain(email);
    expect((await accountAt(person.email))?.sub).toBe(person.sub);
    const browser = await confirm(await linkAt(email));
    expect(browser.page).toMatchObject({ status: 200, h1: "Adresse email modifiée" });
    expect(await accountAt(person.email)).toBeUndefined();
    expect((await accountAt(email))?.sub).toBe(person.sub);
    await person.browser.open(`${provider.issuer}/account`);
    expect(person.browser.page.h1).toBe("Connexion");
    await expect(provider.party("portal").refresh(tokens.refresh_token ?? "")).rejects.toThrow();
    await browser.click("Se connecter");
    await browser.fill({ email, password: goodPassword }).submit();
    expect(browser.page.h1).toBe("Mon compte");
    const told = (await mailsTo(provider, person.email)).map((mail) => mail.subject);
    expect(told.at(-1)).toBe("L'adresse de votre compte a été modifiée");
  });

  it("keeps the claims of the person: the same sub, the new address, verified", async () => {
    const { person, email, link } = await asked();
    await confirm(link);
    const browser = new BrowserAgent();
    const login = await provider.party("portal").login(browser);
    await browser.fill({ email, password: goodPassword }).submit();
    const { userinfo } = await login.signedIn();
    expect(userinfo).toMatchObject({ sub: person.sub, email, email_verified: true });
  });

  it("opens at once what the new address was invited to", async () => {
    const { person, email, link } = await asked();
    const { accesses, invitations } = provider.application;
    const address = parseEmailAddress(email);
    const invited = parseSiret(sirets[1]);
    if (!address || !invited.accepted) throw new Error(email);
    const command = { email: address, sirets: [invited.value], by: "operator" };
    expect((await invitations.invite(command)).accepted).toBe(true);
    await confirm(link);
    const open = await accesses.openEstablishments(person.sub);
    expect(open.map(({ siret }) => siret)).toEqual([sirets[0], sirets[1]]);
    await mailTo(provider, email, "Ouverture de votre accès");
  });

  it("refuses what is no address, the same one, two that differ, and a wrong password", async () => {
    const person = await newPerson(provider);
    const browser = await atTheForm(person);
    await ask(browser, "");
    expectRefused(browser.page, { email: "Saisissez votre email." });
    await ask(browser, "pas une adresse");
    expectRefused(browser.page, {
      email:
        "Cet email contient une espace. Saisissez-le d'un seul tenant, par exemple prenom.nom@entreprise.fr.",
    });
    await ask(browser, person.email.toUpperCase());
    expectRefused(browser.page, { email: "C'est déjà l'adresse de votre compte." });
    const email = newAddress();
    await ask(browser, email, { email_confirmation: newAddress() });
    expectRefused(browser.page, { email_confirmation: "Les deux emails saisis sont différents." });
    await ask(browser, email, { current_password: "un-autre-mot-de-passe" });
    expectRefused(browser.page, { current_password: "Ce n'est pas votre mot de passe actuel." });
    await ask(browser, email, { current_password: "" });
    expectRefused(browser.page, { current_password: "Saisissez votre mot de passe actuel." });
    expect(browser.page.find("#email")?.attribute("value")).toBe(email);
    expect(await mailsTo(provider, email)).toEqual([]);
  });

  it("answers the same for an address that has an account, and tells its mailbox alone", async () => {
    const person = await newPerson(provider);
    const owner = await newPerson(provider);
    await ask(await atTheForm(person), owner.email);
    expect(person.browser.page.h1).toBe(subject);
    const mails = await mailsTo(provider, owner.email);
    expect(mails.map((mail) => mail.subject)).toEqual(["Vous avez déjà un compte"]);
  });

  it("changes nothing by a GET, however often the link is opened", async () => {
    const { person, email, link } = await asked();
    for (let time = 0; time < 3; time += 1) await new BrowserAgent().open(link);
    expect((await accountAt(person.email))?.sub).toBe(person.sub);
    expect(await accountAt(email)).toBeUndefined();
  });

  it("asks for the password at the link: a mistyped address gives a stranger nothing", async () => {
    const { person, link } = await asked();
    const stranger = await confirm(link, "un-autre-mot-de-passe");
    expectRefused(stranger.page, { password: "Ce n'est pas votre mot de passe actuel." });
    await stranger.fill({ password: "" }).submit();
    expectRefused(stranger.page, { password: "Saisissez votre mot de passe actuel." });
    expect((await accountAt(person.email))?.sub).toBe(person.sub);
    for (let guess = 0; guess < 4; guess += 1) await confirm(link, "un-autre-mot-de-passe");
    expect((await confirm(link)).page.status).toBe(429);
  });

  it("takes the link once, of many at the same moment too", async () => {
    const { person, email, link } = await asked();
    const token = link.split("/").at(-1) ?? "";
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () =>
        provider.application.addressChange.confirm(token, goodPassword, undefined),
      ),
    );
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
    expect((await accountAt(email))?.sub).toBe(person.sub);
    const again = new BrowserAgent();
    expect(await again.open(link)).toMatchObject({
      status: 410,
      h1: "Ce lien de validation a déjà servi",
    });
  });

  it("opens for an hour, to the second", async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
    const { link } = await asked();
    fakeDate(now + 3_599_000);
    expect((await new BrowserAgent().open(link)).status).toBe(200);
    fakeDate(now + 3_600_000);
    expect(await new BrowserAgent().open(link)).toMatchObject({
      status: 410,
      h1: "Ce lien de validation a expiré",
    });
  });

  it("sends one letter a minute, and the newest alone is good", async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
    const { person, link } = await asked();
    const email = newAddress();
    fakeDate(now + 59_000);
    await ask(await atTheForm(person), email);
    expect(person.browser.page.status).toBe(429);
    fakeDate(now + 60_000);
    await ask(await atTheForm(person), email);
    expect(person.browser.page.h1).toBe(subject);
    expect((await new BrowserAgent().open(link)).status).toBe(410);
    expect((await new BrowserAgent().open(await linkAt(email))).status).toBe(200);
  });

  it("sends one of ten letters asked for at the same moment", async () => {
    const person = await newPerson(provider);
    const account = await accountAt(person.email);
    if (!account) throw new Error("no account");
    const email = newAddress();
    const form = { email, email_confirmation: email, current_password: goodPassword };
    const { addressChange } = provider.application;
    await Promise.all(
      Array.from({ length: 4 }, () => addressChange.request(account, form, undefined)),
    );
    expect(await mailsTo(provider, email)).toHaveLength(1);
  });

  it("is asked again once the clock was put back behind the first asking", async () => {
    const person = await newPerson(provider);
    const account = await accountAt(person.email);
    if (!account) throw new Error("no account");
    const email = newAddress();
    const form = { email, email_confirmation: email, current_password: goodPassword };
    const { addressChange } = provider.application;
    fakeDate(Date.now() + 3 * 3_600_000);
    expect(await addressChange.request(account, form, undefined)).toMatchObject({ accepted: true });
    jest.useRealTimers();
    expect(await addressChange.request(account, form, undefined)).toMatchObject({ accepted: true });
    expect(await addressChange.request(account, form, undefined)).toMatchObject({
      problems: [{ reason: "resend-too-soon" }],
    });
  });

  it("is void once the password was recovered", async () => {
    const { person, link } = await asked();
    const browser = await askRecovery(provider, person.email);
    await browser.open(await recoveryLink(provider, person.email));
    const password = "girafe-violet-tambour-neige";
    await browser.fill({ password, password_confirmation: password }).submit();
    expect((await new BrowserAgent().open(link)).status).toBe(410);
  });

  it("is not void because somebody else's password was changed", async () => {
    const { link } = await asked();
    const other = await newPerson(provider);
    const { browser } = other;
    await browser.open(`${provider.issuer}/account/password`);
    await other.signIn();
    const password = "girafe-violet-tambour-neige";
    await browser
      .fill({ current_password: goodPassword, password, password_confirmation: password })
      .submit();
    expect((await new BrowserAgent().open(link)).status).toBe(200);
  });

  it("leaves the address to who signed up with it meanwhile", async () => {
    const { person, email, link } = await asked();
    const other = await signUp(provider, email);
    await other.open(await validationLink(provider, email));
    await other.submit();
    const owner = await accountAt(email);
    expect(owner?.sub).not.toBe(person.sub);
    const late = await confirm(link);
    expect(late.page.status).toBe(410);
    expect((await accountAt(email))?.sub).toBe(owner?.sub);
    expect((await accountAt(person.email))?.sub).toBe(person.sub);
  });

  it("is in the audit", async () => {
    const { person, link } = await asked();
    await confirm(link);
    const { entries } = await provider.application.audit.page(
      { person: { sub: person.sub } },
      { limit: 10 },
    );
    const names = entries.map(({ name, outcome }) => `${name} ${outcome}`);
    expect(names).toContain("address-change-requested accepted");
    expect(names).toContain("address-changed accepted");
  });

  it("leads back to the form who has asked for nothing", async () => {
    const { browser, signIn } = await newPerson(provider);
    await browser.open(`${provider.issuer}/account`);
    await signIn();
    await browser.open(`${provider.issuer}/account/email/sent`);
    expect(browser.page.url).toBe(`${provider.issuer}/account/email`);
  });

  it("knows no link that it did not send", async () => {
    const browser = new BrowserAgent();
    for (const path of ["/account/email/unknown", "/account/email/unknown/done"]) {
      expect(await browser.open(`${provider.issuer}${path}`)).toMatchObject({
        status: 410,
        h1: "Ce lien de validation n'est plus valable",
      });
    }
  });
});
