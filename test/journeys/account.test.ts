import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectRefused, mailsTo, postAtOnce, signUp } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const newPassword = "girafe-violet-tambour-neige";
const passwordForm = "form[action='/account/password']";

describe.each(databases)("a person's own page, on $name", (kind) => {
  let provider: TestProvider;
  const opened = (browser: BrowserAgent) => browser.open(`${provider.issuer}/account`);
  const signedIn = async (person: Person, browser = person.browser) => {
    await opened(browser);
    await person.signIn(browser);
    return browser;
  };
  const accountOf = async ({ email }: Person) => {
    const found = await provider.application.administration.find(email);
    return found.accepted ? found.value : undefined;
  };
  const sessionsOn = (browser: BrowserAgent) =>
    browser.page.findAll("form").filter((form) => form.attribute("action")?.endsWith("/end"));
  const changePassword = async (
    browser: BrowserAgent,
    changes: Readonly<Record<string, string>> = {},
  ) =>
    (await browser.open(`${provider.issuer}/account/password`))
      .form(passwordForm)
      .fill({
        current_password: goodPassword,
        password: newPassword,
        password_confirmation: newPassword,
        ...changes,
      })
      .submit("Changer le mot de passe");

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("asks to sign in by the ordinary pages, then shows who it is", async () => {
    const person = await newPerson(provider);
    await opened(person.browser);
    expect(person.browser.page).toMatchObject({ status: 200, h1: "Connexion" });
    await person.signIn();
    const { page } = person.browser;
    expect(page).toMatchObject({
      status: 200,
      h1: "Mon compte",
      url: `${provider.issuer}/account`,
    });
    expect(page.text).toContain(person.email);
    expect(page.find("#given_name")?.attribute("value")).toBe("Jeanne");
    expect(page.findAll("#primary")).toHaveLength(1);
    expect((await new BrowserAgent({ language: "en" }).open(`${provider.issuer}/account`)).h1).toBe(
      "Sign-in",
    );
  });

  it("is open to who signed in to a service, and the service to who signed in here", async () => {
    const person = await newPerson(provider, sirets[0]);
    await provider.party("portal").login(person.browser);
    await person.signIn();
    await opened(person.browser);
    expect(person.browser.page.h1).toBe("Mon compte");
    expect(person.browser.page.text).toContain("Services : Service portal.");
    const other = await newPerson(provider, sirets[0]);
    await signedIn(other);
    await provider.party("portal").login(other.browser);
    expect(other.browser.page.url).toContain(provider.party("portal").origin);
  });

  it("returns to pages of ours alone, whatever a sign-in is asked to return to", async () => {
    const { browser } = await newPerson(provider).then(async (person) => {
      await signedIn(person);
      return person;
    });
    for (const asked of ["https://evil.example", "//evil.example", "/signup", "/account:x"]) {
      const query = new URLSearchParams({ return_to: asked }).toString();
      await browser.open(`${provider.issuer}/sign-in?${query}`);
      expect(browser.page.url).toBe(`${provider.issuer}/account`);
    }
    await browser.open(`${provider.issuer}/sign-in/done?code=x&state=y`);
    expect(browser.page.url).toBe(`${provider.issuer}/account`);
    await browser.open(`${provider.issuer}/sign-in/done?error=access_denied`);
    expect(browser.page.status).toBe(400);
  });

  it("signs nobody in by the answer of a sign-in", async () => {
    const stranger = new BrowserAgent();
    await stranger.open(`${provider.issuer}/sign-in/done?code=x&state=y`);
    expect(stranger.page.h1).toBe("Connexion");
  });

  it("leads back to itself after a sign-up that it began", async () => {
    const browser = new BrowserAgent();
    await opened(browser);
    const email = "depuis.compte@partenaire.test";
    await signUp(provider, email, { browser, at: browser.page.url });
    const [mail] = await mailsTo(provider, email);
    await browser.open(mail?.links.find((link) => link.includes("/validate/")) ?? "");
    await browser.submit();
    await browser.click("Se connecter");
    expect(browser.page.h1).toBe("Connexion");
    await browser.fill({ email, password: goodPassword }).submit("Se connecter");
    expect(browser.page.h1).toBe("Mon compte");
  });

  it("changes the name, in the claims too, and refuses what a sign-up refuses", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    const before = await accountOf(person);
    await browser.fill({ given_name: " ", family_name: "www.evil.example" }).submit();
    expectRefused(browser.page, {
      given_name: "Saisissez votre prénom.",
      family_name: "Ce nom contient « . », qui n'est pas accepté. Saisissez-le sans ce caractère.",
    });
    expect(browser.page.find("#family_name")?.attribute("value")).toBe("www.evil.example");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await browser.fill({ given_name: "Zoé", family_name: "D'Été" }).submit();
    expect(browser.page.text).toContain("Vos nom et prénom sont enregistrés.");
    const after = await accountOf(person);
    expect(after).toMatchObject({ givenName: "Zoé", familyName: "D'Été" });
    expect(after?.updatedAt).toBeGreaterThan(before?.updatedAt ?? Infinity);
  });

  it("changes the password: this browser stays signed in, every other session and token ends", async () => {
    const person = await newPerson(provider, sirets[0]);
    const elsewhere = await signedIn(person, new BrowserAgent());
    const browser = await signedIn(person);
    await provider.party("portal").login(browser);
    await opened(browser);
    await changePassword(browser);
    expect(browser.page).toMatchObject({ status: 200, h1: "Mon compte" });
    expect(browser.page.text).toContain("Votre mot de passe est modifié.");
    expect(sessionsOn(browser)).toHaveLength(1);
    await opened(elsewhere);
    expect(elsewhere.page.h1).toBe("Connexion");
    await elsewhere.fill({ email: person.email, password: goodPassword }).submit("Se connecter");
    expect(elsewhere.page.status).toBe(422);
    await elsewhere.fill({ email: person.email, password: newPassword }).submit("Se connecter");
    expect(elsewhere.page.h1).toBe("Mon compte");
    const [mail, ...others] = (await mailsTo(provider, person.email)).filter(({ subject }) =>
      subject.includes("mot de passe"),
    );
    expect(mail?.subject).toBe("Votre mot de passe a été modifié");
    expect(others).toEqual([]);
  });

  it("is opened by cookies that no script reads, the one of a changed password too", async () => {
    const person = await newPerson(provider);
    const { cookies } = person.browser;
    await opened(person.browser);
    const open = () => cookies.all().filter(({ httpOnly }) => !httpOnly);
    const session = () =>
      cookies
        .all()
        .filter(({ name }) => /^session(\.sig)?$/.test(name))
        .map(({ value, ...attributes }) => ({ attributes, value }));
    expect(cookies.all().length).toBeGreaterThan(0);
    expect(open()).toEqual([]);
    await person.signIn();
    const before = session();
    expect(before.map(({ attributes }) => attributes)).toMatchObject([
      { name: "session", path: "/", sameSite: "Lax", httpOnly: true, expiresAt: undefined },
      { name: "session.sig", path: "/", sameSite: "Lax", httpOnly: true, expiresAt: undefined },
    ]);
    await changePassword(person.browser);
    const after = session();
    expect(after.map(({ attributes }) => attributes)).toEqual(
      before.map(({ attributes }) => attributes),
    );
    expect(after[0]?.value).not.toBe(before[0]?.value);
    expect(open()).toEqual([]);
  });

  it("refuses a wrong current password and a weak new one, and changes nothing", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    await changePassword(browser, { current_password: "un-autre-mot-de-passe" });
    expectRefused(browser.page, {
      current_password: "Ce n'est pas votre mot de passe actuel.",
    });
    await changePassword(browser, { current_password: "", password_confirmation: "autre" });
    expectRefused(browser.page, {
      current_password: "Saisissez votre mot de passe actuel.",
      password_confirmation: "Les deux mots de passe saisis sont différents.",
    });
    expect(browser.page.html).not.toContain(newPassword);
    const again = await signedIn(person, new BrowserAgent());
    expect(again.page.h1).toBe("Mon compte");
  });

  it("changes the password once where its form is sent twice at once, and says so to both", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    const before = await accountOf(person);
    if (!before) throw new Error("no account");
    const typed = {
      current_password: goodPassword,
      password: newPassword,
      password_confirmation: newPassword,
    };
    await browser.open(`${provider.issuer}/account/password`);
    const form = browser.page.form(passwordForm).fill(typed);
    const pages = await Promise.all([form.submit(), form.submit()]);
    expect(pages.map(({ status, h1 }) => `${status} ${h1}`).sort()).toEqual([
      "200 Mon compte",
      "200 Mot de passe modifié",
    ]);
    await pages.find(({ h1 }) => h1 !== "Mon compte")?.click("Se connecter");
    expect(browser.page.h1).toBe("Mon compte");
    const subjects = (await mailsTo(provider, person.email)).map(({ subject }) => subject);
    expect(subjects).toEqual(["Votre mot de passe a été modifié"]);

    // Who asks for another one than was written meanwhile, or asks when nothing was, learns nothing by it.
    const { ownAccount } = provider.application;
    const reasons = async (account: typeof before, password: string) => {
      const again = { ...typed, password, password_confirmation: password };
      const browserOf = { secret: undefined, isShared: false };
      const outcome = await ownAccount.changePassword(account, again, browserOf);
      return outcome.accepted ? [] : outcome.problems.map(({ reason }) => reason);
    };
    expect(await reasons(before, newPassword)).toEqual(["password-changed-already"]);
    expect(await reasons(before, "agrafe-cheval-correct-pile")).toEqual(["current-password-wrong"]);
    const now = await accountOf(person);
    expect(await reasons(now ?? before, newPassword)).toEqual(["current-password-wrong"]);
  });

  it("counts each check of the current password: guesses at once are delayed as sign-ins are", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    const fields = {
      current_password: "un-autre-mot-de-passe",
      password: newPassword,
      password_confirmation: newPassword,
    };
    const statuses = await postAtOnce(browser, `${provider.issuer}/account/password`, fields, 7);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429]);
  });

  it("shows each establishment open now, since when and until when", async () => {
    const person = await newPerson(provider, sirets[0], sirets[1]);
    await provider.closeAccess(person.email, sirets[1]);
    const { page } = await signedIn(person);
    expect(page.findAll(".siret").map(({ text }) => text)).toEqual(["130 025 265 00013"]);
    expect(page.text).toContain("Ouvert depuis le");
  });

  it("ends the session of another browser, and this one's, but never a stranger's", async () => {
    const person = await newPerson(provider);
    const elsewhere = await signedIn(person, new BrowserAgent());
    const browser = await signedIn(person);
    const another = await newPerson(provider);
    const stranger = await signedIn(another);
    const [current, other] = sessionsOn(browser).map((form) => form.attribute("action") ?? "");
    expect(browser.page.findAll(".entries .choice-name").map(({ text }) => text)).toEqual([
      "Ce navigateur",
      "Autre navigateur",
    ]);
    const post = (from: BrowserAgent, path = "") =>
      from.post(`${provider.issuer}${path}`, {}, `${provider.issuer}/account`);
    await post(stranger, other);
    await opened(elsewhere);
    expect(elsewhere.page.h1).toBe("Mon compte");
    await post(browser, other);
    expect(browser.page.text).toContain("La session est fermée.");
    expect(sessionsOn(browser)).toHaveLength(1);
    await opened(elsewhere);
    expect(elsewhere.page.h1).toBe("Connexion");
    await post(browser, current);
    expect(browser.page.h1).toBe("Connexion");
    const ended = async ({ sub }: Person) =>
      (await provider.application.audit.page({ person: { sub } }, { limit: 20 })).entries.filter(
        ({ name }) => name === "session-ended",
      );
    expect(await ended(person)).toHaveLength(2);
    expect(await ended(another)).toEqual([]);
  });

  it("signs out plainly, ends what was granted in the session, and leads back here", async () => {
    const person = await newPerson(provider, sirets[0]);
    const browser = await signedIn(person);
    const portal = provider.party("portal");
    const { tokens } = await (await portal.login(browser)).signedIn();
    const before = provider.log.join("").match(/"event":"signed-out"/g) ?? [];
    await opened(browser);
    const page = await browser.submit("Se déconnecter");
    expect([page.status, page.h1]).toEqual([200, "Vous êtes déconnecté"]);
    await expect(portal.userinfo(tokens.access_token, person.sub)).rejects.toThrow();
    expect(page.find("#primary")?.attribute("href")).toBe("/account");
    await browser.click("#primary");
    expect(browser.page.h1).toBe("Connexion");
    // Another tab that was left open.
    await browser.post(`${provider.issuer}/sign-out`, {}, `${provider.issuer}/account`);
    expect(browser.page.h1).toBe("Vous êtes déconnecté");
    const log = provider.log.join("").match(/"event":"signed-out"/g) ?? [];
    expect(log.length - before.length).toBe(1);
  });

  it("signs out by no link and by no form of another site", async () => {
    const browser = await signedIn(await newPerson(provider));
    const url = `${provider.issuer}/sign-out`;
    expect((await browser.open(url)).h1).toBe("Mon compte");
    expect((await browser.post(url, {}, "https://evil.example/")).status).toBe(403);
    await opened(browser);
    expect(browser.page.h1).toBe("Mon compte");
  });

  it("is not said to have signed anybody out, where its name leads to the library's own page", async () => {
    const browser = await signedIn(await newPerson(provider));
    const page = await browser.open(`${provider.issuer}/session/end?client_id=mon-compte`);
    expect(page.h1).toBe("Se déconnecter ?");
    expect(page.text).not.toContain("vous a déconnecté");
  });

  it("closes with the account, and takes no form of another site nor of nobody", async () => {
    const person = await newPerson(provider);
    const browser = await signedIn(person);
    const form = { given_name: "Eve", family_name: "Evil" };
    const foreign = await browser.post(
      `${provider.issuer}/account/profile`,
      form,
      "https://evil.example/",
    );
    expect(foreign.status).toBe(403);
    const nobody = new BrowserAgent();
    await nobody.post(`${provider.issuer}/account/profile`, form, `${provider.issuer}/account`);
    expect(nobody.page.h1).toBe("Connexion");
    await provider.application.administration.setState(person.email, "disabled", "operator");
    await opened(browser);
    expect(browser.page.h1).toBe("Connexion");
  });

  it("is no client that an operator sees", () => {
    const listed = provider.application.clients.list().map(({ clientId }) => clientId);
    expect(listed).toEqual(["portal"]);
  });
});
