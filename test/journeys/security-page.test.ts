import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { expectRefused, mailsTo } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { atOneInstant, fakeDate } from "../support/fake-date.ts";
import { passkeyToMake } from "../support/passkeys.ts";
import { type Person, newPerson } from "../support/person.ts";
import {
  enrolSecondFactor,
  shownCodes,
  shownSecret,
  totpCode,
  wrongCode,
} from "../support/second-factor.ts";
import { softwareAuthenticator } from "../support/software-authenticator.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const check = "Vérification en deux étapes";

describe.each(databases)("a person's own second factors, on $name", (kind) => {
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

  const open = (browser: BrowserAgent, path = "/account/security") =>
    browser.open(`${provider.issuer}${path}`);

  async function signedIn(person: Person, browser = person.browser): Promise<BrowserAgent> {
    await open(browser);
    await person.signIn(browser);
    return browser;
  }

  /** Somebody who turned an application on from the page. */
  async function protectedPerson() {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    await browser.click("Activer une application");
    return { ...person, ...(await enrolSecondFactor(browser)) };
  }

  /** What a question says would end. */
  const effects = ({ page }: BrowserAgent) => page.findAll(".advice li").map(({ text }) => text);

  const sessionOf = ({ cookies }: BrowserAgent) =>
    /(?:^|; )session=([^;]+)/.exec(cookies.header(new URL(provider.issuer)) ?? "")?.[1];

  const eventsOf = async ({ sub }: Pick<Person, "sub">) => {
    const { audit } = provider.application;
    const { entries } = await audit.page({ person: { sub } }, { limit: 10 });
    return entries.map(({ name }) => name);
  };

  it("asks to sign in, and comes back", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    expect(browser.page).toMatchObject({
      status: 200,
      h1: "Ma sécurité",
      url: `${provider.issuer}/account/security`,
    });
    expect(browser.page.text).toContain("Aucune application n'est activée.");
    expect(browser.page.findAll("#primary")).toHaveLength(1);
    await browser.click("Mon profil");
    expect(browser.page.h1).toBe("Mon compte");
  });

  it("turns an application on: this session goes on stronger, under another identifier", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    const before = sessionOf(browser);
    await browser.click("Activer une application");
    expect(browser.page.status).toBe(200);
    const secret = shownSecret(browser.page);
    await browser.fill({ code: wrongCode(secret) }).submit();
    expect(browser.page.status).toBe(422);
    await atOneInstant(() => browser.fill({ code: totpCode(secret, -1) }).submit());
    expect(shownCodes(browser.page)).toHaveLength(10);
    await browser.submit();
    expect(browser.page).toMatchObject({ status: 200, h1: "Ma sécurité" });
    expect(browser.page.text).toContain("Codes encore valables : 10.");
    expect(sessionOf(browser)).not.toBe(before);
    expect(await provider.application.artifacts.find("Session", before ?? "")).toBeUndefined();
    const elsewhere = await signedIn(person, new BrowserAgent());
    expect(elsewhere.page.h1).toBe(check);
    await elsewhere.fill({ code: totpCode(secret) }).submit();
    expect(elsewhere.page.h1).toBe("Ma sécurité");
  });

  const application = "/account/security/application";

  it("proposes the same application again, by a reload, in the other language and after a wrong code", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    const secret = shownSecret(await open(browser, application));
    expect(shownSecret(await open(browser, application))).toBe(secret);
    await browser.click("English");
    expect([browser.page.lang, shownSecret(browser.page)]).toEqual(["en", secret]);
    await browser.fill({ code: wrongCode(secret) }).submit();
    expect([browser.page.status, shownSecret(browser.page)]).toEqual([422, secret]);
    await open(browser, application);
    await atOneInstant(() => browser.fill({ code: totpCode(secret, -1) }).submit());
    expect(shownCodes(browser.page)).toHaveLength(10);
  });

  it("proposes another application after its hour, at another sign-in and once it was turned off", async () => {
    const begin = Date.now();
    fakeDate(begin);
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    const secrets = [shownSecret(await open(browser, application))];
    fakeDate(begin + 3_599_000);
    await open(browser, application);
    await browser.fill({ password: goodPassword }).submit("Continuer");
    expect(shownSecret(browser.page)).toBe(secrets[0]);
    fakeDate(begin + 3_600_000);
    secrets.push(shownSecret(await open(browser, application)));
    await open(browser, "/account");
    await browser.click("Se déconnecter");
    await signedIn(person);
    await open(browser, application);
    const { secret } = await enrolSecondFactor(browser);
    secrets.push(secret);
    await browser.post(
      `${browser.page.url}/application/remove`,
      { confirmed: "1" },
      browser.page.url,
    );
    expect(browser.page.url).toBe(`${provider.issuer}/account/security?done=removed`);
    secrets.push(shownSecret(await open(browser, application)));
    expect(new Set(secrets).size).toBe(4);
    expect(secrets).not.toContain("");
  });

  it("turns a passkey on: its codes are shown, and the session goes on stronger", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    const before = sessionOf(browser);
    await open(browser, "/account/security/passkeys/new");
    expect(browser.page).toMatchObject({ status: 200, h1: "Ajouter une clé d'accès" });
    const { url } = browser.page;
    const device = softwareAuthenticator(provider.issuer);
    await browser.post(url, { ...device.create(passkeyToMake(browser)), passkey_name: "Clé" }, url);
    expect(shownCodes(browser.page)).toHaveLength(10);
    expect(await eventsOf(person)).toContain("second-factor-added");
    await browser.submit();
    expect(browser.page).toMatchObject({ status: 200, h1: "Ma sécurité" });
    expect(browser.page.text).toContain("Clé");
    expect(sessionOf(browser)).not.toBe(before);
    expect(await provider.application.artifacts.find("Session", before ?? "")).toBeUndefined();
  });

  it("asks a session of another browser, older than the factor, for it", async () => {
    const person = await newPerson(provider);
    const elsewhere = await signedIn(person, new BrowserAgent());
    const browser = await signedIn(person);
    await browser.click("Activer une application");
    await enrolSecondFactor(browser);
    await open(elsewhere);
    expect(elsewhere.page.h1).toBe(check);
  });

  it("shows codes once: neither to another path nor to another person", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    await browser.click("Activer une application");
    await browser.fill({ code: totpCode(shownSecret(browser.page)) }).submit();
    expect(shownCodes(browser.page)).toHaveLength(10);
    await browser.submit();
    await open(browser, "/account/security/recovery-codes");
    expect(browser.page.h1).toBe("Ma sécurité");
  });

  it("makes new recovery codes, and the older are void", async () => {
    const person = await protectedPerson();
    await person.browser.click("Obtenir dix nouveaux codes");
    // Asked first: what is written down would be void.
    expect(effects(person.browser)).toEqual([
      "Codes de secours qui ne vaudront plus : 10.",
      "Les dix nouveaux codes seront affichés une seule fois.",
    ]);
    await person.browser.click("Garder mes codes");
    const { held } = provider.application.secondFactors;
    expect(await held(person.sub)).toMatchObject({ recoveryCodesLeft: 10 });
    await person.browser.click("Obtenir dix nouveaux codes");
    await person.browser.submit("Obtenir dix nouveaux codes");
    const renewed = shownCodes(person.browser.page);
    expect(renewed).toHaveLength(10);
    expect(await eventsOf(person)).toContain("recovery-codes-renewed");
    const elsewhere = await signedIn(person, new BrowserAgent());
    await elsewhere.fill({ code: person.recoveryCodes[0] ?? "" }).submit();
    expect(elsewhere.page.status).toBe(422);
    await elsewhere.fill({ code: renewed[0] ?? "" }).submit();
    expect(elsewhere.page.h1).toBe("Ma sécurité");
  });

  it("turns the application off, with its codes, and tells the person", async () => {
    const person = await protectedPerson();
    const other = await signedIn(person, new BrowserAgent());
    await other.fill({ code: person.recoveryCodes[0] ?? "" }).submit();
    await person.browser.click("Retirer l'application");
    expect(person.browser.page.h1).toBe("Retirer votre application d'authentification ?");
    expect(effects(person.browser)).toEqual([
      "Vos autres sessions prendront fin : 1.",
      "Moyens de vérification qui vous resteront : 0.",
      "Codes de secours qui ne vaudront plus : 9.",
      "Votre mot de passe suffira pour vous connecter.",
    ]);
    expect(await provider.application.secondFactors.has(person.sub)).toBe(true);
    await person.browser.submit("Retirer l'application");
    expect(person.browser.page.text).toContain("Ce moyen de vérification est retiré.");
    const elsewhere = await signedIn(person, new BrowserAgent());
    expect(elsewhere.page.h1).toBe("Ma sécurité");
    const held = await provider.application.secondFactors.held(person.sub);
    expect(held).toEqual({ totpSince: undefined, recoveryCodesLeft: 0 });
    const subjects = (await mailsTo(provider, person.email)).map(({ subject }) => subject);
    // Two that leave at once come in any order.
    expect(subjects.sort()).toEqual([
      "Connexion depuis un nouveau navigateur",
      "Connexion depuis un nouveau navigateur",
      "Moyen de vérification retiré",
      "Vérification en deux étapes activée",
    ]);
    expect(await eventsOf(person)).toContain("second-factor-removed");
  });

  it("says of none that it was turned off where what was proven is void by then", async () => {
    const { browser } = await protectedPerson();
    await open(browser);
    await browser.click("Retirer l'application");
    const removing = jest.spyOn(provider.application.secondFactors.totp, "remove");
    removing.mockResolvedValueOnce({ accepted: false, problems: [{ reason: "proof-void" }] });
    await browser.submit("Retirer l'application");
    expect(removing).toHaveBeenCalledTimes(1);
    removing.mockRestore();
    expect(browser.page).toMatchObject({
      ...{ status: 200, h1: "Ma sécurité", url: `${provider.issuer}/account/security` },
    });
    expect(browser.page.text).not.toContain("Aucune application n'est activée.");
  });

  it("changes nothing in a session older than 15 minutes: it signs in anew, with every factor", async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
    const { browser, ...person } = await protectedPerson();
    const remove = () =>
      browser.post(
        `${provider.issuer}/account/security/application/remove`,
        { confirmed: "1" },
        `${provider.issuer}/account/security`,
      );
    fakeDate(now + 901_000);
    await open(browser);
    expect(browser.page.h1).toBe("Ma sécurité");
    await remove();
    expect(browser.page.h1).toBe("Confirmez que c'est vous");
    expect(await provider.application.secondFactors.has(person.sub)).toBe(true);
    await browser.fill({ password: goodPassword }).submit("Continuer");
    expect(browser.page.h1).toBe(check);
    await browser.fill({ code: totpCode(person.secret) }).submit();
    fakeDate(now + 901_000 + 900_000);
    await remove();
    expect(browser.page.h1).toBe("Ma sécurité");
    expect(await provider.application.secondFactors.has(person.sub)).toBe(false);
  });

  it("refuses a passkey that no device made, and forms of another site or of nobody", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    await browser.click("Ajouter une clé d'accès");
    const path = `${provider.issuer}/account/security/passkeys/new`;
    const challenge = browser.page.find("[name=challenge]")?.attribute("value") ?? "";
    for (const credential of [
      "",
      "{}",
      "null",
      "[1]",
      '{"id":"x","rawId":"x","type":"public-key"}',
    ]) {
      await browser.post(path, { credential, challenge, passkey_name: "x" }, path);
      expect(browser.page.status).toBe(422);
    }
    expect(await provider.application.secondFactors.has(person.sub)).toBe(false);
    const foreign = await browser.post(path, { credential: "{}" }, "https://evil.example/");
    expect(foreign.status).toBe(403);
    const nobody = new BrowserAgent();
    await nobody.post(path, { credential: "{}" }, path);
    expect(nobody.page.h1).toBe("Connexion");
  });

  it("asks before a passkey is removed, by its name, and removes that one", async () => {
    const { browser, sub } = await protectedPerson();
    const { accounts, secondFactors } = provider.application;
    const [account] = await accounts.findAllBySub([sub]);
    if (!account) throw new Error("nobody");
    for (const name of ["Téléphone", "Clé USB"]) {
      const request = await secondFactors.passkeys.proposeEnrolment(account);
      const device = softwareAuthenticator(provider.issuer);
      await secondFactors.passkeys.enrol(account, device.create(request), name);
    }
    const names = async () =>
      (await secondFactors.passkeys.list(sub)).map(({ name }) => name).sort();
    await open(browser);
    const [first] = await secondFactors.passkeys.list(sub);
    const action = `/account/security/passkeys/${first?.credentialId ?? ""}/remove`;
    await browser.page.form(`form[action='${action}']`).submit();
    expect(browser.page.h1).toBe("Retirer cette clé d'accès ?");
    expect(browser.page.text).toContain(`${first?.name ?? "none"}, créée le `);
    expect(effects(browser)).toEqual([
      "Vos autres sessions prendront fin : 0.",
      "Moyens de vérification qui vous resteront : 2.",
    ]);
    await browser.click("La garder");
    expect(browser.page.h1).toBe("Ma sécurité");
    expect(await names()).toEqual(["Clé USB", "Téléphone"]);
    await browser.page.form(`form[action='${action}']`).submit();
    await browser.submit("Retirer la clé d'accès");
    expect(browser.page.text).toContain("Ce moyen de vérification est retiré.");
    expect(await names()).toEqual(["Clé USB", "Téléphone"].filter((name) => name !== first?.name));
  });

  it("takes a passkey's removal for done when there is none, and tells nobody", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    const path = `${provider.issuer}/account/security/passkeys/unknown/remove`;
    await browser.post(path, {}, `${provider.issuer}/account/security`);
    expect(browser.page.h1).toBe("Ma sécurité");
    expect(await mailsTo(provider, person.email)).toEqual([]);
  });

  it("keeps the factors of a session when its password changes, and is no fresher by the password alone", async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
    const { browser } = await protectedPerson();
    fakeDate(now + 600_000);
    await open(browser, "/account/password");
    const newPassword = "girafe-violet-tambour-neige";
    await browser.page
      .form("form[action='/account/password']")
      .fill({
        current_password: goodPassword,
        password: newPassword,
        password_confirmation: newPassword,
      })
      .submit("Changer le mot de passe");
    expect(browser.page).toMatchObject({ status: 200, h1: "Mon compte" });
    await open(browser);
    expect(browser.page.h1).toBe("Ma sécurité");
    fakeDate(now + 901_000);
    await open(browser);
    await browser.click("Obtenir dix nouveaux codes");
    if (browser.page.h1 !== "Confirmez que c'est vous") await browser.submit();
    expect(browser.page.h1).toBe("Confirmez que c'est vous");
  });

  it("refuses an empty code where it is turned on", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    await browser.click("Activer une application");
    await browser.submit();
    expectRefused(browser.page, { code: "Saisissez un code." });
  });
});
