import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import {
  askRecovery,
  labels,
  mailTo,
  mailsTo,
  masked,
  newAddress,
  postAtOnce,
  recoveryLink,
  signIn,
  signUp,
} from "../support/account-journey.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const newPassword = "nuage-agrafe-cheval-7";

describe.each(databases)("recovering a password, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: {},
        initiating: { initiate_login_uri: "https://service.test/connexion" },
      },
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  async function newAccount(): Promise<string> {
    const email = newAddress();
    await provider.addAccount(email);
    return email;
  }

  /** Posts the form, even where no page shows it any more. */
  function setPassword(link: string, password = newPassword): Promise<Page> {
    return new BrowserAgent().post(link, { password, password_confirmation: password }, link);
  }

  it("leads from the sign-in page to a new password and back to the relying party", async () => {
    const email = await newAccount();
    const browser = new BrowserAgent();
    await provider.party("initiating").login(browser);
    const signInUrl = browser.page.url;
    await browser.click("Récupérer mon mot de passe");
    expect(browser.page).toMatchObject({
      url: `${signInUrl}/recovery`,
      h1: "Récupérer mon mot de passe",
    });
    expect(labels(browser.page)).toEqual({ email: "Email" });
    await browser.fill({ email }).submit("Recevoir le lien");
    expect(browser.page.hops.map(({ status }) => status)).toEqual([303, 200]);
    expect(browser.page.h1).toBe("Consultez votre messagerie");
    await browser.click("Retour à la connexion");
    expect(browser.page.url).toBe(signInUrl);

    const other = new BrowserAgent();
    await other.open(await recoveryLink(provider, email));
    expect(other.page.h1).toBe("Choisir un nouveau mot de passe");
    expect(labels(other.page)).toEqual({
      password: "Mot de passe",
      password_confirmation: "Confirmer le mot de passe",
    });
    await other
      .fill({ password: newPassword, password_confirmation: newPassword })
      .submit("Enregistrer le mot de passe");
    expect(other.page.hops.map(({ status }) => status)).toEqual([303, 200]);
    expect(other.page.h1).toBe("Mot de passe modifié");
    const back = new URL(other.page.find("#primary")?.attribute("href") ?? "");
    expect(other.page.find("#primary")?.text).toBe("Se connecter");
    expect(`${back.origin}${back.pathname}`).toBe("https://service.test/connexion");
    expect(Object.fromEntries(back.searchParams)).toEqual({
      iss: provider.issuer,
      login_hint: email,
    });
    await mailTo(provider, email, "Votre mot de passe a été modifié");

    expect((await signIn(browser, email)).status).toBe(422);
    expect((await signIn(browser, email, newPassword)).h1).toBe("Signed in");
  });

  it("shows each of two tabs the address that it asked for, and a stranger's browser none", async () => {
    const [first, second] = [newAddress(), newAddress()];
    const browser = await askRecovery(provider, first);
    const { url } = browser.page;
    await askRecovery(provider, second, browser);
    expect(browser.page.text).toContain(second);
    expect((await browser.open(url)).text).toContain(first);
    const elsewhere = await new BrowserAgent().open(url);
    expect(elsewhere.url).toBe(`${provider.issuer}/recovery`);
  });

  it("answers the same for known, unknown, pending and disabled, and mails each what is true", async () => {
    const [known, disabled] = [await newAccount(), await newAccount()];
    await provider.application.administration.setState(disabled, "disabled", "operator");
    const [pending, unknown] = [newAddress(), newAddress()];
    await signUp(provider, pending);
    const subjects = async (email: string) =>
      (await mailsTo(provider, email)).map(({ subject }) => subject);
    const answer = async (email: string) => {
      const { page } = await askRecovery(provider, email);
      expect(page.status).toBe(200);
      expect(page.text).toContain(`Si un compte correspond à ${email}, un message vient d'y être`);
      return masked(page, email);
    };
    const expected = await answer(known);
    for (const email of [unknown, pending, disabled]) expect(await answer(email)).toBe(expected);
    expect(await subjects(known)).toEqual(["Récupération de votre mot de passe"]);
    expect(await subjects(unknown)).toEqual([]);
    expect(await subjects(pending)).toEqual(["Validation de création de compte"]);
    expect(await subjects(disabled)).toEqual(["Votre compte est désactivé"]);
  });

  it("ends every older session, token and link of the person", async () => {
    const email = await newAccount();
    const browser = new BrowserAgent();
    const portal = provider.party("portal");
    const login = await portal.login(browser);
    await signIn(browser, email);
    const { tokens, claims } = await login.signedIn();
    const begin = Date.now() + 1000;
    fakeDate(begin);
    await askRecovery(provider, email);
    const older = await recoveryLink(provider, email);
    fakeDate(begin + 60_000);
    await askRecovery(provider, email);
    const newer = await recoveryLink(provider, email);
    expect((await setPassword(older)).h1).toBe("Ce lien de récupération n'est plus valable");
    expect((await setPassword(newer)).h1).toBe("Mot de passe modifié");

    await expect(portal.userinfo(tokens.access_token, claims.sub)).rejects.toMatchObject({
      status: 401,
    });
    await expect(portal.refresh(tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
    expect(await portal.introspect(tokens.access_token)).toEqual({ active: false });
    expect((await portal.login(browser)).page.h1).toBe("Connexion");
    expect((await setPassword(newer)).h1).toBe("Ce lien de récupération a déjà servi");
  });

  it("opens for 30 minutes, and not at the second they end", async () => {
    const begin = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(begin);
    const [early, late] = [await newAccount(), await newAccount()];
    await askRecovery(provider, early);
    await askRecovery(provider, late);
    const [earlyLink, lateLink] = [
      await recoveryLink(provider, early),
      await recoveryLink(provider, late),
    ];
    const browser = new BrowserAgent();
    await browser.open(lateLink);
    const form = browser.page
      .form()
      .fill({ password: newPassword, password_confirmation: newPassword });
    fakeDate(begin + 1_799_000);
    expect((await setPassword(earlyLink)).h1).toBe("Mot de passe modifié");
    for (const elapsed of [1_800_000, 1_801_000]) {
      fakeDate(begin + elapsed);
      const page = await form.submit();
      expect(page).toMatchObject({ status: 410, h1: "Ce lien de récupération a expiré" });
      expect(page.find("#primary")?.attribute("href")).toBe("/recovery");
    }
  });

  it("changes nothing by GET or HEAD, and the password once of fifty posts at the same time", async () => {
    const email = await newAccount();
    await askRecovery(provider, email);
    const link = await recoveryLink(provider, email);
    for (const method of ["GET", "HEAD"]) {
      expect((await fetch(link, { method })).status).toBe(200);
    }
    const fields = { password: newPassword, password_confirmation: newPassword };
    const statuses = await postAtOnce(new BrowserAgent(), link, fields, 50);
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
    // On a slow machine some of the new hashes are refused before they are begun.
    expect(statuses.filter((status) => ![303, 410, 503].includes(status))).toEqual([]);
    const mails = await mailsTo(provider, email);
    expect(mails.map(({ subject }) => subject)).toEqual([
      "Récupération de votre mot de passe",
      "Votre mot de passe a été modifié",
    ]);
  });

  it("takes the old password again: a person who had only forgotten it may keep it", async () => {
    const email = await newAccount();
    await askRecovery(provider, email);
    expect((await setPassword(await recoveryLink(provider, email), goodPassword)).h1).toBe(
      "Mot de passe modifié",
    );
  });
});
