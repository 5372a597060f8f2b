import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson } from "../support/person.ts";
import { type PlainClient, plainClient } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("the authorization endpoint, on $name", (kind) => {
  let provider: TestProvider;
  let portal: PlainClient;
  let spa: PlainClient;
  /** A browser that shows what the provider sends back instead of visiting it. */
  const visitor = () =>
    new BrowserAgent({
      stopBefore: ["portal", "old", "spa"].map((id) => provider.party(id).origin),
    });

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: {},
        old: { require_pkce: false },
        spa: { token_endpoint_auth_method: "none" },
      },
    });
    portal = plainClient(provider, "portal");
    spa = plainClient(provider, "spa", true);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("gives a code with the state and its issuer, and the ID token carries the nonce", async () => {
    const person = await newPerson(provider);
    const browser = visitor();
    await portal.authorize(browser, { nonce: "the-nonce", state: "é & = state" });
    await person.signIn(browser);
    const answer = portal.answer(browser.page);
    expect([...answer.keys()].sort()).toEqual(["code", "iss", "state"]);
    expect(answer.get("state")).toBe("é & = state");
    expect(answer.get("iss")).toBe(provider.issuer);
    const { status, body } = await portal.redeem(answer.get("code") ?? "");
    expect([status, body["token_type"], body["expires_in"]]).toEqual([200, "Bearer", 600]);
    expect(claimsOf(body["id_token"])).toMatchObject({ sub: person.sub, nonce: "the-nonce" });
  });

  describe("PKCE (RFC 7636)", () => {
    it.each([
      ["without a challenge", { code_challenge: undefined, code_challenge_method: undefined }],
      ["with the method plain", { code_challenge_method: "plain" }],
      ["without a method", { code_challenge_method: undefined }],
    ])("is required of every client: %s is refused", async (_case, parameters) => {
      for (const client of [portal, spa]) {
        const page = await client.authorize(visitor(), parameters);
        expect(client.answer(page).get("error")).toBe("invalid_request");
        expect(client.answer(page).get("state")).toBe("state-of-the-client");
      }
    });

    it("is waived for a confidential client that declares require_pkce false", async () => {
      const old = plainClient(provider, "old");
      const person = await newPerson(provider);
      const browser = visitor();
      const code = await old.code(
        browser,
        { code_challenge: undefined, code_challenge_method: undefined },
        () => person.signIn(browser),
      );
      expect(await old.redeem(code, { code_verifier: undefined })).toMatchObject({ status: 200 });
    });

    it("refuses a code with another verifier, or with none", async () => {
      const person = await newPerson(provider);
      const browser = visitor();
      for (const code_verifier of ["another-verifier-of-enough-characters-to-be-read", undefined]) {
        const code = await spa.code(browser, {}, async () => {
          if (browser.page.h1 === "Connexion") await person.signIn(browser);
        });
        const { status, body } = await spa.redeem(code, { code_verifier });
        expect([status, body["error"]]).toEqual([400, "invalid_grant"]);
      }
    });
  });

  describe("a request that cannot be sent back", () => {
    it.each([
      ["another path", (uri: string) => `${uri}/more`],
      ["a query", (uri: string) => `${uri}?x=1`],
      ["another host", (uri: string) => uri.replace("127.0.0.1", "localhost")],
      ["another origin", () => "https://pirate.example/callback"],
    ])("is told on a page that leads back: redirect_uri with %s", async (_case, change) => {
      const { redirectUri, origin } = provider.party("portal");
      const page = await portal.authorize(visitor(), { redirect_uri: change(redirectUri) });
      expect([page.status, page.lang, page.h1]).toEqual([
        400,
        "fr",
        "Demande incomplète ou incorrecte",
      ]);
      expect(page.text).toContain("invalid_redirect_uri");
      expect(page.text).toContain("redirect_uri did not match any of the client's registered");
      expect(page.find("#primary")?.attribute("href")).toBe(origin);
      expect(page.html).not.toMatch(/(?:href|src|action|url)[^<>]*pirate\.example/);
    });

    it("is told on a page that leads to the portal when the client is unknown", async () => {
      const page = await portal.authorize(visitor(), { client_id: "nobody<script>" });
      expect([page.status, page.lang]).toEqual([400, "fr"]);
      expect(page.text).toContain("invalid_client client is invalid");
      expect(page.find("#primary")?.attribute("href")).toBe(provider.party("portal").origin);
      expect(page.html).not.toContain("nobody<");
    });

    it("speaks English when asked to", async () => {
      const page = await portal.authorize(visitor(), { redirect_uri: "x", ui_locales: "en" });
      expect([page.lang, page.h1]).toEqual(["en", "Incomplete or incorrect request"]);
    });
  });

  it.each([
    ["an unknown response type", { response_type: "none" }, "unsupported_response_type"],
    ["an unknown prompt", { prompt: "dance" }, "invalid_request"],
    ["a question of ours that nobody may ask for", { prompt: "second_factor" }, "invalid_request"],
    ["« no access », asked for", { prompt: "no_access" }, "invalid_request"],
    ["prompt none with another", { prompt: "none login" }, "invalid_request"],
    ["a request object", { request: "e30.e30." }, "invalid_request_object"],
    ["a request by reference", { request_uri: "https://x/y" }, "request_uri_not_supported"],
    ["claims that are no JSON", { claims: "{" }, "invalid_request"],
    ["nobody signed in with prompt none", { prompt: "none" }, "login_required"],
  ])("sends %s back as an error", async (_case, parameters, error) => {
    const answer = portal.answer(await portal.authorize(visitor(), parameters));
    expect(answer.get("error")).toBe(error);
    expect(answer.get("error_description")).not.toBe("");
    expect(answer.get("iss")).toBe(provider.issuer);
  });

  it("ignores scopes and parameters that it does not know", async () => {
    const person = await newPerson(provider);
    const browser = visitor();
    const unknown = { scope: "openid fantasy email", fantasy: "1", acr_values: "high" };
    const code = await portal.code(browser, unknown, () => person.signIn(browser));
    expect((await portal.redeem(code)).body["scope"]).toBe("openid email");
  });

  it("knows who is signed in, until prompt=login or max_age asks again", async () => {
    const person = await newPerson(provider);
    const browser = visitor();
    const start = Date.now();
    await portal.code(browser, {}, () => person.signIn(browser));
    expect(await portal.code(browser, { prompt: "none" })).not.toBe("");
    fakeDate(start + 90_000);
    expect(await portal.code(browser, { max_age: "100" })).not.toBe("");
    for (const parameters of [{ prompt: "login" }, { max_age: "60" }, { max_age: "0" }]) {
      fakeDate(Date.now() + 90_000);
      const code = await portal.code(browser, parameters, async () => {
        expect(browser.page.h1).toBe("Connexion");
        await person.signIn(browser);
      });
      const claims = claimsOf((await portal.redeem(code)).body["id_token"]);
      expect(claims["auth_time"]).toBe(Math.floor(Date.now() / 1000));
    }
    const late = await portal.authorize(browser, { max_age: "60", prompt: "none" });
    expect(portal.answer(late).get("error")).toBeNull();
  });

  it("fills in the address that login_hint names, and speaks the language of ui_locales", async () => {
    const french = await portal.authorize(visitor(), { login_hint: "a.b@exemple.test" });
    expect(french.find("input[name=email]")?.attribute("value")).toBe("a.b@exemple.test");
    expect([french.lang, french.h1]).toEqual(["fr", "Connexion"]);
    const english = await portal.authorize(visitor(), { ui_locales: "de en fr" });
    expect([english.lang, english.h1]).toEqual(["en", "Sign-in"]);
  });

  it("leads straight to sign-up with prompt=create, whose « Se connecter » leads on", async () => {
    const person = await newPerson(provider);
    const browser = visitor();
    await portal.authorize(browser, { prompt: "create" });
    expect(browser.page.h1).toBe("Créer un compte");
    expect(new URL(browser.page.url).pathname).toMatch(/^\/interaction\/[^/]+\/signup$/);
    await browser.click("Se connecter");
    expect(browser.page.h1).toBe("Connexion");
    await browser.fill({ email: person.email, password: "wrong password" }).submit("#primary");
    expect(browser.page).toMatchObject({ status: 422, h1: "Connexion" });
    await browser.submit("English");
    expect(browser.page.h1).toBe("Sign-in");
    await browser.submit("Français");
    await browser.open(browser.page.url);
    expect(browser.page.h1).toBe("Connexion");
    await person.signIn(browser);
    const { body } = await portal.redeem(portal.answer(browser.page).get("code") ?? "");
    expect(claimsOf(body["id_token"])["sub"]).toBe(person.sub);
  });
});

function claimsOf(idToken: unknown): Record<string, unknown> {
  const [, payload = ""] = String(idToken).split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
}
