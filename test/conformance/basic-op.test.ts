import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson } from "../support/person.ts";
import {
  type PlainClient,
  type PlainParameters,
  plainClient,
  userinfo,
} from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { conformancePlan } from "./plans.ts";
import { verifiedJwt } from "./verified-jwt.ts";

const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined };

const runs = databases.flatMap((kind) =>
  [undefined, "form_post"].map((mode) => ({
    kind,
    mode,
    title: `${mode ? "Form Post OP" : "Basic OP"} on ${kind.name}`,
  })),
);

describe.each(runs)("OpenID Foundation conformance, $title", ({ kind, mode }) => {
  const plan = conformancePlan("oidcc-basic-certification-test-plan");
  let provider: TestProvider;
  let client: PlainClient;
  let second: PlainClient;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        client: { require_pkce: false },
        client2: { require_pkce: false, first_party: false },
        post: { require_pkce: false, token_endpoint_auth_method: "client_secret_post" },
        signed: { require_pkce: false, id_token_signed_response_alg: "ES256" },
      },
    });
    client = plainClient(provider, "client");
    second = plainClient(provider, "client2");
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** A browser that shows what the provider sends back instead of visiting it. */
  const visitor = () =>
    new BrowserAgent({
      stopBefore: ["client", "client2", "post", "signed"].map((id) => provider.party(id).origin),
    });

  /** What came back, by whichever response mode this run asks for. */
  function answer(page: Page, of: PlainClient): URLSearchParams {
    if (mode === undefined) return of.answer(page);
    expect(page.find("form")?.attribute("method")?.toLowerCase()).toBe("post");
    expect(page.find("form")?.attribute("action")).toBe(of.redirectUri);
    const fields = page.findAll("input[type=hidden]");
    const named = fields.map(({ attribute }) => [attribute("name"), attribute("value")] as const);
    return new URLSearchParams(Object.fromEntries(named) as Record<string, string>);
  }

  const request = (parameters: PlainParameters = {}) => ({
    ...withoutPkce,
    ...(mode && { response_mode: mode }),
    ...parameters,
  });

  /** Sends the request and signs in where that is asked. */
  async function authorize(
    parameters: PlainParameters = {},
    options: { browser?: BrowserAgent; person?: Person; of?: PlainClient } = {},
  ) {
    const { browser = visitor(), of = client } = options;
    const person = options.person ?? (await newPerson(provider));
    await of.authorize(browser, request(parameters));
    const asked = browser.page.h1 === "Connexion";
    if (asked) await person.signIn(browser);
    if (browser.page.find("#primary")?.text === "Autoriser") await browser.submit("Autoriser");
    return { browser, person, asked, answer: answer(browser.page, of) };
  }

  async function tokens(parameters?: PlainParameters, options?: Parameters<typeof authorize>[1]) {
    const authorized = await authorize(parameters, options);
    const of = options?.of ?? client;
    const code = authorized.answer.get("code") ?? "";
    const redeemed = await of.redeem(code, { code_verifier: undefined });
    expect({ status: redeemed.status, code }).toEqual({ status: 200, code });
    const idToken = await verifiedJwt(provider.issuer, redeemed.body["id_token"]);
    return { ...authorized, code, tokens: redeemed.body, ...idToken };
  }

  const discovery = async () =>
    (await (await fetch(`${provider.issuer}/.well-known/openid-configuration`)).json()) as Record<
      string,
      string[]
    >;

  plan.covers("oidcc-server", "OIDC Core §3.1", async () => {
    const begin = Math.floor(Date.now() / 1000);
    const found = await tokens({ nonce: "n-1", state: "s-1" });
    expect(found.answer.get("state")).toBe("s-1");
    expect(found.header["alg"]).toBe("RS256");
    expect(found.claims).toMatchObject({
      iss: provider.issuer,
      aud: "client",
      sub: found.person.sub,
      nonce: "n-1",
    });
    const { iat, exp } = found.claims as { iat: number; exp: number };
    expect(exp).toBeGreaterThan(iat);
    expect(iat).toBeGreaterThanOrEqual(begin);
    expect(iat).toBeLessThanOrEqual(Date.now() / 1000);
    expect(found.tokens).toMatchObject({ token_type: "Bearer", scope: "openid" });
  });

  plan.covers("oidcc-response-type-missing", "RFC 6749 §3.1.1", async () => {
    const browser = visitor();
    await client.authorize(browser, request({ response_type: undefined }));
    const sent = answer(browser.page, client);
    expect([sent.get("error"), sent.get("code")]).toEqual(["invalid_request", null]);
    expect(sent.get("error_description")).toContain("response_type");
  });

  it("signs an ID token by the algorithm that the client registered (OIDC Core §3.1.3.7)", async () => {
    const { header } = await tokens({}, { of: plainClient(provider, "signed") });
    expect(header).toMatchObject({ alg: "ES256", kid: expect.any(String) as unknown });
  });

  it("refuses unsigned ID tokens at registration (OIDC Core §2)", async () => {
    const text = JSON.stringify({
      client_id: "unsigned",
      redirect_uris: ["https://unsigned.example/callback"],
      id_token_signed_response_alg: "none",
    });
    const { problems } = await provider.application.clientRegistry.register("x", text, "operator");
    expect(problems?.map(({ field }) => field)).toEqual(["id_token_signed_response_alg"]);
    expect((await discovery())["id_token_signing_alg_values_supported"]).not.toContain("none");
  });

  plan.covers("oidcc-userinfo-get", "OIDC Core §5.3.1", async () => {
    const found = await tokens();
    const info = await userinfo(provider, found.tokens["access_token"]);
    expect(info).toMatchObject({ status: 200, body: { sub: found.person.sub } });
  });

  plan.covers("oidcc-userinfo-post-header", "OIDC Core §5.3.1", async () => {
    const found = await tokens();
    const headers = { authorization: `Bearer ${String(found.tokens["access_token"])}` };
    const info = await fetch(`${provider.issuer}/me`, { method: "POST", headers });
    expect([info.status, await info.json()]).toEqual([200, { sub: found.person.sub }]);
  });

  plan.covers("oidcc-userinfo-post-body", "RFC 6750 §2.2", async () => {
    const found = await tokens();
    const body = new URLSearchParams({ access_token: String(found.tokens["access_token"]) });
    const info = await fetch(`${provider.issuer}/me`, { method: "POST", body });
    expect([info.status, await info.json()]).toEqual([200, { sub: found.person.sub }]);
  });

  plan.covers(
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "OIDC Core §3.1.2.1",
    async () => {
      const { claims } = await tokens({ nonce: undefined });
      expect(claims).not.toHaveProperty("nonce");
    },
  );

  /** What userinfo says of a person for these scopes. */
  async function claimsFor(scope: string) {
    const found = await tokens({ scope });
    const { body } = await userinfo(provider, found.tokens["access_token"]);
    return { ...found, info: body };
  }

  plan.covers("oidcc-scope-profile", "OIDC Core §5.4", async () => {
    const { info } = await claimsFor("openid profile");
    expect(info).toMatchObject({
      given_name: "Jeanne",
      family_name: "Durand",
      name: "Jeanne Durand",
    });
    expect(typeof info["updated_at"]).toBe("number");
  });

  plan.covers("oidcc-scope-email", "OIDC Core §5.4", async () => {
    const { info, person } = await claimsFor("openid email");
    expect(info).toMatchObject({ email: person.email, email_verified: true });
  });

  plan.covers("oidcc-scope-address", "OIDC Core §5.4: not supported, and ignored", async () => {
    expect((await discovery())["scopes_supported"]).not.toContain("address");
    expect((await claimsFor("openid address")).tokens["scope"]).toBe("openid");
  });

  plan.covers("oidcc-scope-phone", "OIDC Core §5.4: not supported, and ignored", async () => {
    expect((await discovery())["scopes_supported"]).not.toContain("phone");
    expect((await claimsFor("openid phone")).tokens["scope"]).toBe("openid");
  });

  plan.covers("oidcc-scope-all", "OIDC Core §5.4", async () => {
    const { info, person } = await claimsFor("openid profile email address phone");
    expect(info).toMatchObject({ sub: person.sub, name: "Jeanne Durand", email: person.email });
    expect(info).not.toHaveProperty("address");
    expect(info).not.toHaveProperty("phone_number");
  });

  plan.covers("oidcc-alternate-happy-flow", "OIDC Core §3.1.2.1", async () => {
    const scope = "email openid";
    const found = await tokens({ scope, state: undefined, nonce: "n".repeat(64) });
    expect(found.answer.has("state")).toBe(false);
    expect(found.answer.get("iss")).toBe(provider.issuer);
    expect(String(found.tokens["scope"]).split(" ").sort()).toEqual(["email", "openid"]);
    expect(found.claims["nonce"]).toBe("n".repeat(64));
  });

  plan.covers("oidcc-display-page", "OIDC Core §3.1.2.1", async () => {
    expect((await authorize({ display: "page" })).answer.get("code")).toBeTruthy();
  });

  plan.covers("oidcc-display-popup", "OIDC Core §3.1.2.1", async () => {
    expect((await authorize({ display: "popup" })).answer.get("code")).toBeTruthy();
  });

  plan.covers("oidcc-prompt-login", "OIDC Core §3.1.2.1", async () => {
    const first = await tokens();
    fakeDate(Date.now() + 5_000);
    const again = await tokens({ prompt: "login" }, first);
    expect(again.asked).toBe(true);
    expect(again.claims["sub"]).toBe(first.claims["sub"]);
    expect(Number(again.claims["auth_time"])).toBeGreaterThanOrEqual(
      Math.floor(Date.now() / 1000) - 1,
    );
  });

  plan.covers("oidcc-prompt-none-not-logged-in", "OIDC Core §3.1.2.6", async () => {
    const { answer: sent, asked } = await authorize({ prompt: "none" });
    expect([asked, sent.get("error"), sent.get("code")]).toEqual([false, "login_required", null]);
  });

  plan.covers("oidcc-prompt-none-logged-in", "OIDC Core §3.1.2.1", async () => {
    const first = await tokens({ max_age: "15000" });
    const again = await tokens({ prompt: "none", max_age: "15000" }, first);
    expect(again.asked).toBe(false);
    expect(again.claims["sub"]).toBe(first.claims["sub"]);
    expect(again.claims["auth_time"]).toBe(first.claims["auth_time"]);
  });

  plan.covers("oidcc-max-age-1", "OIDC Core §3.1.2.1", async () => {
    const first = await tokens();
    fakeDate(Date.now() + 2_000);
    const again = await tokens({ max_age: "1" }, first);
    expect(again.asked).toBe(true);
    expect(Number(again.claims["auth_time"])).toBeGreaterThanOrEqual(
      Math.floor(Date.now() / 1000) - 1,
    );
  });

  plan.covers("oidcc-max-age-10000", "OIDC Core §3.1.2.1", async () => {
    const first = await tokens({ max_age: "10000" });
    const again = await tokens({ max_age: "10000" }, first);
    expect(again.asked).toBe(false);
    expect(again.claims["auth_time"]).toBe(first.claims["auth_time"]);
    expect(typeof again.claims["auth_time"]).toBe("number");
  });

  plan.covers("oidcc-ensure-request-with-unknown-parameter-succeeds", "RFC 6749 §3.1", async () => {
    expect((await authorize({ extra: "foobar" })).answer.get("code")).toBeTruthy();
  });

  plan.covers("oidcc-id-token-hint", "OIDC Core §3.1.2.1", async () => {
    const first = await tokens();
    const hint = String(first.tokens["id_token"]);
    const again = await tokens({ prompt: "none", id_token_hint: hint }, first);
    expect(again.claims["sub"]).toBe(first.claims["sub"]);
    const stranger = await tokens();
    const refused = await authorize({ prompt: "none", id_token_hint: hint }, stranger);
    expect(refused.answer.get("error")).toBe("login_required");
  });

  plan.covers("oidcc-login-hint", "OIDC Core §3.1.2.1", async () => {
    const browser = visitor();
    const page = await client.authorize(browser, request({ login_hint: "bob@example.test" }));
    expect(page.find("input[name=email]")?.attribute("value")).toBe("bob@example.test");
  });

  plan.covers("oidcc-ui-locales", "OIDC Core §3.1.2.1", async () => {
    const browser = visitor();
    const page = await client.authorize(browser, request({ ui_locales: "en fr" }));
    expect([page.lang, page.h1]).toEqual(["en", "Sign-in"]);
  });

  plan.covers("oidcc-claims-locales", "OIDC Core §5.2", async () => {
    expect((await authorize({ claims_locales: "se" })).answer.get("code")).toBeTruthy();
  });

  plan.covers("oidcc-ensure-request-with-acr-values-succeeds", "OIDC Core §3.1.2.1", async () => {
    expect((await authorize({ acr_values: "1 2" })).answer.get("code")).toBeTruthy();
  });

  async function reuseAfter(milliseconds: number) {
    const found = await tokens();
    fakeDate(Date.now() + milliseconds);
    const again = await client.redeem(found.code, { code_verifier: undefined });
    expect(again).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect((await userinfo(provider, found.tokens["access_token"])).status).toBe(401);
  }

  plan.covers("oidcc-codereuse", "RFC 6749 §4.1.2", () => reuseAfter(0));

  plan.covers("oidcc-codereuse-30seconds", "RFC 6749 §4.1.2", () => reuseAfter(30_000));

  plan.covers("oidcc-ensure-registered-redirect-uri", "OIDC Core §3.1.2.1", async () => {
    const browser = visitor();
    const redirect_uri = `${client.redirectUri}/not-registered`;
    const page = await client.authorize(browser, request({ redirect_uri }));
    expect(page.location).toBeUndefined();
    expect(page.status).toBe(400);
    expect(page.text).toContain("invalid_redirect_uri");
  });

  plan.covers("oidcc-ensure-post-request-succeeds", "OIDC Core §3.1.2.1", async () => {
    const person = await newPerson(provider);
    const browser = visitor();
    const { searchParams } = client.authorizationUrl(request());
    const fields = Object.fromEntries(searchParams);
    await browser.post(`${provider.issuer}/auth`, fields, client.redirectUri);
    await person.signIn(browser);
    expect(answer(browser.page, client).get("code")).toBeTruthy();
  });

  plan.covers("oidcc-server-client-secret-post", "OIDC Core §9", async () => {
    const of = plainClient(provider, "post");
    const { answer: sent } = await authorize({}, { of });
    const response = await fetch(`${provider.issuer}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code: sent.get("code") ?? "",
        redirect_uri: of.redirectUri,
        client_id: "post",
        client_secret: provider.clientSecret,
      }),
    });
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
  });

  it("answers a request_uri by value with request_uri_not_supported (OIDC Core §6.2)", async () => {
    const request_uri = "https://client.example/request.jwt";
    const { answer: sent } = await authorize({ request_uri });
    expect(sent.get("error")).toBe("request_uri_not_supported");
  });

  /** An unsigned request object (`alg: none`). */
  function unsigned(claims: object): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "none" })}.${part(claims)}.`;
  }

  plan.covers(
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "OIDC Core §6.1",
    async () => {
      expect((await discovery())["request_object_signing_alg_values_supported"]).not.toContain(
        "none",
      );
      const { answer: sent } = await authorize({ request: unsigned({ scope: "openid" }) });
      expect([sent.get("error"), sent.get("code")]).toEqual(["invalid_request_object", null]);
    },
  );

  plan.covers("oidcc-claims-essential", "OIDC Core §5.5.1", async () => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const found = await tokens({ claims });
    const info = await userinfo(provider, found.tokens["access_token"]);
    expect(info.body).toEqual({ sub: found.person.sub, name: "Jeanne Durand" });
  });

  plan.covers("oidcc-ensure-request-object-with-redirect-uri", "OIDC Core §6.1", async () => {
    const redirect_uri = `${client.redirectUri}/not-registered`;
    const browser = visitor();
    const page = await client.authorize(
      browser,
      request({ redirect_uri, request: unsigned({ redirect_uri: client.redirectUri }) }),
    );
    expect(page.location).toBeUndefined();
    expect(page.status).toBe(400);
    expect(page.text).not.toContain("code=");
  });

  plan.covers("oidcc-refresh-token", "OIDC Core §12", async () => {
    const scope = "openid offline_access";
    const found = await tokens({ scope, prompt: "consent" }, { of: second });
    const refreshed = await second.refresh(found.tokens["refresh_token"]);
    expect(refreshed.status).toBe(200);
    expect(refreshed.body["access_token"]).not.toBe(found.tokens["access_token"]);
    const { claims } = await verifiedJwt(provider.issuer, refreshed.body["id_token"]);
    for (const name of ["iss", "sub", "aud", "auth_time"]) {
      expect([name, claims[name]]).toEqual([name, found.claims[name]]);
    }
    const stolen = await client.refresh(refreshed.body["refresh_token"]);
    expect(stolen).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  plan.covers("oidcc-ensure-request-with-valid-pkce-succeeds", "RFC 7636 §4", async () => {
    const { searchParams } = client.authorizationUrl();
    const { answer: sent } = await authorize({
      code_challenge: searchParams.get("code_challenge") ?? "",
      code_challenge_method: "S256",
    });
    expect((await client.redeem(sent.get("code") ?? "")).status).toBe(200);
  });

  plan.isCovered();
});
