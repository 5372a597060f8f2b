import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import type { RelyingParty, SignedIn } from "../support/relying-party.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two] = sirets;

describe.each(databases)("sign-out (OpenID Connect RP-Initiated Logout 1.0), on $name", (kind) => {
  let provider: TestProvider;
  let portal: RelyingParty;
  let other: RelyingParty;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: {}, other: { service_name: "Portail Autre" } },
    });
    portal = provider.party("portal");
    other = provider.party("other");
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  async function signedIn(person: Person, siret: string, party = portal): Promise<SignedIn> {
    const login = await party.login(person.browser, { prompt: "select_establishment" });
    if (person.browser.page.h1 === "Connexion") await person.signIn();
    if (person.browser.page.h1 === "Choisir un établissement") await person.choose(siret);
    return login.signedIn();
  }

  async function isSignedIn({ browser }: Person): Promise<boolean> {
    const login = await portal.login(browser, { prompt: "none", scope: "openid" });
    return (await login.result()).error !== "login_required";
  }

  const endSession = (parameters: Record<string, string> = {}) =>
    `${provider.issuer}/session/end?${new URLSearchParams(parameters).toString()}`;

  it("asks in French, signs out, and goes back with the state", async () => {
    const person = await newPerson(provider, one);
    const { tokens } = await signedIn(person, one);
    const url = await portal.endSessionUrl(tokens.id_token ?? "", { state: "é&=" });
    const page = await person.browser.open(url);
    expect([page.status, page.lang, page.h1]).toEqual([200, "fr", "Se déconnecter ?"]);
    expect(page.find("#primary")?.text).toBe("Se déconnecter");
    expect(page.text).toContain("« Service portal » vous a déconnecté.");
    expect(await isSignedIn(person)).toBe(true);
    await person.browser.open(url);
    await person.browser.submit("Se déconnecter");
    expect(person.browser.page.url).toBe(`${portal.origin}/?state=%C3%A9%26%3D`);
    expect(await isSignedIn(person)).toBe(false);
  });

  it("takes the hint of an ID token that has expired, and client_id in its place", async () => {
    const person = await newPerson(provider, one);
    const { tokens } = await signedIn(person, one);
    fakeDate(Date.now() + 3_600_000);
    const back = { post_logout_redirect_uri: `${portal.origin}/` };
    const hint = { id_token_hint: tokens.id_token ?? "", ...back };
    expect((await person.browser.open(endSession(hint))).h1).toBe("Se déconnecter ?");
    await person.browser.open(endSession({ client_id: "portal", ...back }));
    await person.browser.submit("Se déconnecter");
    expect(person.browser.page.url).toBe(`${portal.origin}/`);
  });

  it.each([
    ["of another path", { post_logout_redirect_uri: "http://127.0.0.1:1/other" }, "not registered"],
    ["for another client", { client_id: "other" }, "client_id does not match"],
    ["that is no token", { id_token_hint: "x.y.z" }, "could not"],
  ])("refuses a request %s on a page in French, and nobody is signed out", async (...row) => {
    const [, parameters, reason] = row;
    const person = await newPerson(provider, one);
    const { tokens } = await signedIn(person, one);
    const asked = { id_token_hint: tokens.id_token ?? "", ...parameters };
    const page = await person.browser.open(endSession(asked));
    expect([page.status, page.lang]).toEqual([400, "fr"]);
    expect(page.text).toContain("invalid_request");
    expect(page.text).toContain(reason);
    expect(await isSignedIn(person)).toBe(true);
  });

  it("never goes where no client was named for, and tells that all is closed", async () => {
    const person = await newPerson(provider, one);
    await signedIn(person, one);
    await person.browser.open(endSession({ post_logout_redirect_uri: "https://pirate.example/" }));
    await person.browser.submit("Se déconnecter");
    expect(person.browser.page.h1).toBe("Vous êtes déconnecté");
    expect(person.browser.page.find("#primary")?.attribute("href")).toBe(portal.origin);
    await person.browser.click("#primary");
    expect(await isSignedIn(person)).toBe(false);
  });

  it("tells that all is closed with the way back to the service that asked", async () => {
    const person = await newPerson(provider, one);
    await signedIn(person, one, other);
    await person.browser.open(endSession({ client_id: "other" }));
    await person.browser.submit("Se déconnecter");
    expect(person.browser.page.h1).toBe("Vous êtes déconnecté");
    expect(person.browser.page.url).toBe(`${provider.issuer}/session/end/success?client_id=other`);
    await person.browser.click("Retour vers « Portail Autre »");
    expect(person.browser.page.url).toBe(`${other.origin}/`);
  });

  it("stays signed in with « Rester connecté », back at the service", async () => {
    const person = await newPerson(provider, one, two);
    await signedIn(person, one, other);
    for (const parameters of [{ client_id: "other" }, {}]) {
      const service = "client_id" in parameters ? other : portal;
      await person.browser.open(endSession(parameters));
      await person.browser.submit("Rester connecté");
      expect(person.browser.page.url).toBe(`${service.origin}/`);
      expect(await isSignedIn(person)).toBe(true);
    }
    await other.login(person.browser);
    expect(person.browser.page.h1).toBe("Choisir un établissement");
  });

  it("has nothing to ask when nobody is signed in", async () => {
    const person = await newPerson(provider, one);
    const { tokens } = await signedIn(person, one);
    const url = await portal.endSessionUrl(tokens.id_token ?? "", { state: "s" });
    await person.browser.open(url);
    await person.browser.submit("Se déconnecter");
    await person.browser.open(url);
    expect(person.browser.page.url).toBe(`${portal.origin}/?state=s`);
    await person.browser.open(endSession());
    expect([person.browser.page.lang, person.browser.page.h1]).toEqual([
      "fr",
      "Vous êtes déconnecté",
    ]);
  });

  it("is not done by another site, nor without the page's own secret", async () => {
    const person = await newPerson(provider, one);
    const { tokens } = await signedIn(person, one);
    await person.browser.open(await portal.endSessionUrl(tokens.id_token ?? ""));
    const confirm = `${provider.issuer}/session/end/confirm`;
    const forged = await person.browser.post(confirm, { logout: "yes" }, "https://pirate.example/");
    expect([forged.status, forged.lang]).toEqual([403, "fr"]);
    const guessed = await person.browser.post(confirm, { logout: "yes", xsrf: "x" }, confirm);
    expect([guessed.status, guessed.lang]).toEqual([400, "fr"]);
    const elsewhere = { logout: "yes", xsrf: "x", client_id: "https://pirate.example/" };
    const foreign = await person.browser.post(confirm, elsewhere, confirm);
    expect([foreign.status, foreign.lang]).toEqual([400, "fr"]);
    // The library reads 56 KiB, and calls more unreadable.
    const large = await person.browser.post(confirm, { x: "x".repeat(57_343) }, confirm);
    expect([large.status, large.lang]).toEqual([413, "fr"]);
    expect(large.text).toContain("Au plus 57 ko peuvent être envoyés à la fois.");
    const small = await person.browser.post(confirm, { x: "x".repeat(57_342) }, confirm);
    expect(small.status).toBe(400);
    expect(await isSignedIn(person)).toBe(true);
  });

  it("asked in two tabs leads each back to its own service, whichever is answered first", async () => {
    const person = await newPerson(provider, one);
    const { tokens } = await signedIn(person, one);
    const another = await signedIn(person, one, other);
    const tabs = [person.browser.tab(), person.browser.tab()] as const;
    const ask = async () => {
      const [first, second] = [tokens, another.tokens].map(({ id_token: hint }) => hint ?? "");
      await tabs[0].open(await portal.endSessionUrl(first ?? "", { state: "p", ui_locales: "en" }));
      await tabs[1].open(await other.endSessionUrl(second ?? "", { state: "o" }));
    };
    await ask();
    // The session knows of the second question alone: the first is asked anew, as it was.
    await tabs[0].submit("Sign out");
    expect(tabs[0].page).toMatchObject({ status: 200, lang: "en", h1: "Sign out?" });
    expect(tabs[0].page.text).toContain("“Service portal” has signed you out.");
    expect(await isSignedIn(person)).toBe(true);
    await tabs[0].submit("Sign out");
    expect(tabs[0].page.url).toBe(`${portal.origin}/?state=p`);
    await tabs[1].submit("Se déconnecter");
    expect(tabs[1].page.url).toBe(`${other.origin}/?state=o`);
    expect(await isSignedIn(person)).toBe(false);
    await signedIn(person, one);
    await ask();
    await tabs[0].submit("Stay signed in");
    expect(tabs[0].page.url).toBe(`${portal.origin}/?state=p`);
    expect(await isSignedIn(person)).toBe(true);
  });

  it("asked of somebody asks who has signed in since", async () => {
    const person = await newPerson(provider, one);
    const { tokens } = await signedIn(person, one);
    const tab = person.browser.tab();
    await tab.open(await portal.endSessionUrl(tokens.id_token ?? ""));
    const next = await newPerson(provider, one);
    await portal.login(person.browser, { prompt: "login" });
    await next.signIn(person.browser);
    await tab.submit("Se déconnecter");
    expect([tab.page.status, tab.page.h1]).toEqual([200, "Se déconnecter ?"]);
    expect(await isSignedIn(person)).toBe(true);
  });

  it("leads from the address of its form to its question", async () => {
    const person = await newPerson(provider, one);
    await signedIn(person, one);
    const confirm = `${provider.issuer}/session/end/confirm`;
    await person.browser.post(confirm, { logout: "yes", xsrf: "x" }, confirm);
    expect(person.browser.page.status).toBe(400);
    await person.browser.submit("English");
    expect(person.browser.page).toMatchObject({ status: 200, lang: "en", h1: "Sign out?" });
  });

  it("asks who it is and for which establishment after a sign-out", async () => {
    const person = await newPerson(provider, one, two);
    const { tokens } = await signedIn(person, one);
    await person.browser.open(await portal.endSessionUrl(tokens.id_token ?? ""));
    await person.browser.submit("Se déconnecter");
    const login = await portal.login(person.browser);
    expect(person.browser.page.h1).toBe("Connexion");
    await person.signIn();
    expect(person.browser.page.h1).toBe("Choisir un établissement");
    await person.choose(two);
    expect((await login.signedIn()).userinfo["siret"]).toBe(two);
  });
});
