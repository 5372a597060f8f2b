import { describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { newPerson, sirets } from "../support/person.ts";
import { plainClient } from "../support/plain-client.ts";
import { newKey, signedJwt } from "../support/signed-jwt.ts";
import { goodPassword, startTestProvider } from "../support/test-provider.ts";

const [one, two] = sirets;
const key = newKey("ES256");
const jwk = { ...key.publicKey.export({ format: "jwk" }), kid: "k", alg: "ES256", use: "sig" };

describe.each(databases)("the language that a client asks for, on $name", (kind) => {
  const provider = opened(async () => {
    const started = await startTestProvider(kind, {
      clients: { portal: {}, third: { first_party: false }, signed: { jwks: { keys: [jwk] } } },
    });
    return { ...started, drop: started.stop };
  });
  const visitor = () => new BrowserAgent({ stopBefore: [provider.party("third").origin] });

  it.each([
    { mode: "query", left: "Retour à votre service" },
    { mode: "form_post", left: "Retour à votre service" },
  ])(
    "gives way to what its person chose, at every question and on the way back ($mode)",
    async ({ mode, left }) => {
      const { email } = await newPerson(provider, one, two);
      const browser = visitor();
      const asked = { ui_locales: "en", scope: "openid siret email", response_mode: mode };
      await plainClient(provider, "third").authorize(browser, asked);
      expect(browser.page).toMatchObject({ lang: "en", h1: "Sign-in" });
      await browser.submit("Français");
      await browser.fill({ email, password: goodPassword }).submit("Se connecter");
      expect(browser.page).toMatchObject({ lang: "fr", h1: "Choisir un établissement" });
      // Chosen anew at a later question, it is that from there on.
      await browser.submit("English");
      await browser.fill({ siret: one }).submit("Continue");
      expect(browser.page).toMatchObject({ lang: "en", h1: "Allow access to your data" });
      await browser.submit("Français");
      await browser.submit("Autoriser");
      expect(browser.page).toMatchObject({ lang: "fr", h1: left });
    },
  );

  it("is spoken at every question where its person chose none", async () => {
    const { email } = await newPerson(provider, one, two);
    const browser = visitor();
    const asked = { ui_locales: "en", scope: "openid siret" };
    await plainClient(provider, "third").authorize(browser, asked);
    await browser.fill({ email, password: goodPassword }).submit("Sign in");
    await browser.fill({ siret: two }).submit("Continue");
    expect(browser.page).toMatchObject({ lang: "en", h1: "Allow access to your data" });
    await browser.submit("Refuse");
    expect(browser.page).toMatchObject({ lang: "en", h1: "Back to your service" });
  });

  it("is spoken by the page of a refused request, by its address, posted or signed", async () => {
    const client = plainClient(provider, "portal");
    const browser = visitor();
    const wrong = { redirect_uri: "https://elsewhere.test/", ui_locales: "en" };
    const by = await client.authorize(browser, wrong);
    expect(by).toMatchObject({ status: 400, lang: "en" });
    await browser.submit("Français");
    expect(browser.page).toMatchObject({ status: 400, lang: "fr" });
    const { search } = client.authorizationUrl(wrong);
    const fields = Object.fromEntries(new URLSearchParams(search));
    const posted = await browser.post(`${provider.issuer}/auth`, fields, "https://client.test/");
    expect(posted).toMatchObject({ status: 400, lang: "en" });
    await browser.submit("Français");
    expect(browser.page).toMatchObject({ status: 400, lang: "fr" });
    const asked = { iss: "signed", aud: provider.issuer, client_id: "signed", ...wrong };
    const request = signedJwt(key, { kid: "k" }, { ...asked, response_type: "code" });
    const object = { client_id: "signed", request };
    const address = `${provider.issuer}/auth?${new URLSearchParams(object).toString()}`;
    for (const open of [
      () => browser.open(address),
      () => browser.post(`${provider.issuer}/auth`, object, "https://client.test/"),
    ]) {
      const signed = await open();
      expect(signed).toMatchObject({ status: 400, lang: "en" });
      expect(signed.text).toContain("invalid_redirect_uri");
      // Nothing could take out of it what was asked.
      expect(signed.findAll("form[action='/language']")).toEqual([]);
    }
  });

  it("is spoken by a sign-out and by what follows it, signed in or not, by address or by form", async () => {
    const person = await newPerson(provider);
    const end = `${provider.issuer}/session/end`;
    const asked = { client_id: "third", ui_locales: "en" };
    for (const isPosted of [false, true]) {
      const browser = visitor();
      await plainClient(provider, "portal").authorize(browser);
      await person.signIn(browser);
      const ask = () =>
        isPosted
          ? browser.post(end, asked, provider.party("third").origin)
          : browser.open(`${end}?${new URLSearchParams(asked).toString()}`);
      expect(await ask()).toMatchObject({ lang: "en", h1: "Sign out?" });
      await browser.submit("Français");
      expect(browser.page).toMatchObject({
        lang: "fr",
        h1: expect.stringMatching(/^Se déconnecter/),
      });
      await browser.submit("English");
      expect(browser.page).toMatchObject({ lang: "en", h1: "Sign out?" });
      expect(browser.page.text).toContain("Service third");
      await browser.submit("Sign out");
      expect(browser.page).toMatchObject({ lang: "en", h1: "You are signed out" });
      expect(await ask()).toMatchObject({ lang: "en", h1: "You are signed out" });
    }
  });
});
