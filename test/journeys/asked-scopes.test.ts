import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { newPerson } from "../support/person.ts";
import { type PlainParameters, plainClient } from "../support/plain-client.ts";
import { clientAssertion, newKey, signedJwt } from "../support/signed-jwt.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** What a client asks for, what it is granted, and what it is told of that, are one. */
describe.each(databases)("the scopes of a request, on $name", (kind) => {
  let provider: TestProvider;
  const key = newKey("Ed25519");
  const jwk = { ...key.publicKey.export({ format: "jwk" }), kid: "one", use: "sig" };

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        own: {},
        third: { first_party: false },
        narrow: { scope: "openid email" },
        once: { grant_types: ["authorization_code"] },
        jar: { jwks: { keys: [jwk] } },
        prover: {
          token_endpoint_auth_method: "private_key_jwt",
          client_secret: undefined,
          jwks: { keys: [jwk] },
        },
      },
    });
  });
  afterAll(() => provider.stop());

  /** Signs somebody new in. @returns the tokens, and what a refresh with the same scope answers */
  async function asked(clientId: string, parameters: PlainParameters, ...buttons: string[]) {
    const client = plainClient(provider, clientId);
    const person = await newPerson(provider);
    const browser = new BrowserAgent({ stopBefore: [new URL(client.redirectUri).origin] });
    const code = await client.code(browser, parameters, async () => {
      await person.signIn(browser);
      for (const button of buttons) await browser.submit(button);
    });
    const { body: tokens } = await client.redeem(code);
    const refreshed = await client.post("/token", {
      grant_type: "refresh_token",
      refresh_token: String(tokens["refresh_token"]),
      scope: parameters["scope"],
    });
    return { tokens, refreshed, browser, client };
  }

  it.each([
    ["a first-party client", "own", []],
    ["another client, whose person allowed it on the page", "third", ["Autoriser"]],
  ])("say offline_access where it is granted to %s", async (_who, clientId, buttons) => {
    const scope = "openid email offline_access";
    const { tokens, refreshed } = await asked(clientId, { scope }, ...buttons);
    expect(tokens).toMatchObject({ scope, refresh_token: expect.any(String) });
    expect(refreshed).toMatchObject({ status: 200, body: { scope } });
  });

  it.each([
    ["that did not register it among its scopes", "narrow", "openid"],
    ["without refresh tokens", "once", "openid"],
  ])("do not say it to a client %s", async (_which, clientId, scope) => {
    const { tokens } = await asked(clientId, { scope: "openid offline_access" });
    expect(tokens["scope"]).toBe(scope);
  });

  it("say it to who pushed or signed the request", async () => {
    const scope = "openid offline_access";
    const client = plainClient(provider, "jar");
    const now = Math.floor(Date.now() / 1000);
    const request = signedJwt(
      key,
      { kid: "one" },
      {
        ...Object.fromEntries(client.authorizationUrl({ scope }).searchParams),
        iss: "jar",
        aud: [provider.issuer, "https://elsewhere.example"],
        iat: now + 8,
        nbf: now + 8,
        exp: now + 60,
        jti: randomUUID(),
      },
    );
    const { tokens } = await asked("jar", { scope: undefined, request });
    expect(tokens["scope"]).toBe(scope);
    const pushed = await plainClient(provider, "own").post("/request", {
      ...Object.fromEntries(plainClient(provider, "own").authorizationUrl({ scope }).searchParams),
    });
    const again = await asked("own", { request_uri: String(pushed.body["request_uri"]) });
    expect(again.tokens["scope"]).toBe(scope);
  });

  it("end with the sign-out where nobody allowed on a page that they outlive it", async () => {
    const { tokens, browser, client } = await asked("own", { scope: "openid offline_access" });
    await browser.open(`${provider.issuer}/session/end?client_id=own`);
    await browser.submit("Se déconnecter");
    expect(await client.refresh(tokens["refresh_token"])).toMatchObject({ status: 400 });
  });

  it("leave out what is unknown, say so in the answer and in the log, and refuse it nowhere", async () => {
    const scope = "openid unknown:thing email";
    const { tokens, refreshed } = await asked("own", { scope });
    expect(tokens["scope"]).toBe("openid email");
    expect(refreshed).toMatchObject({ status: 200, body: { scope: "openid email" } });
    expect(provider.log.some((line) => line.includes('"unknown":"unknown:thing"'))).toBe(true);
    await asked("own", { scope: "openid email" });
    expect(provider.log.some((line) => line.includes('"unknown":""'))).toBe(false);
  });

  it.each([
    ["unknown:thing", "openid email"],
    ["openid unknown:thing", "openid"],
    [undefined, "openid email"],
  ])(
    "of a refresh are those it names that are known, all where it names none: %s",
    async (scope, left) => {
      const { client, tokens } = await asked("own", { scope: "openid email" });
      const fields = {
        grant_type: "refresh_token",
        refresh_token: String(tokens["refresh_token"]),
      };
      expect(await client.post("/token", { ...fields, scope })).toMatchObject({
        ...{ status: 200, body: { scope: left } },
      });
    },
  );

  it("may lack openid, also beside what only an ID token would answer", async () => {
    const claims = '{"id_token":{"email":null}}';
    const { tokens } = await asked("own", { scope: "email", nonce: "a-nonce", claims });
    expect(tokens["id_token"]).toBeUndefined();
    expect(tokens["scope"]).toBe("email");
    expect(provider.log.some((line) => line.includes("without openid"))).toBe(true);
  });

  it.each([
    [" openid", "begins with a space"],
    ["openid ", "ends with a space"],
    ["openid  email", "has several spaces in a row"],
  ])("are told what is wrong with the spaces of %j", async (scope, odd) => {
    const client = plainClient(provider, "own");
    const browser = new BrowserAgent({ stopBefore: [new URL(client.redirectUri).origin] });
    const answer = client.answer(await client.authorize(browser, { scope }));
    expect(Object.fromEntries(answer)).toMatchObject({
      error: "invalid_scope",
      error_description: `scope must be names with one space between them; it ${odd}`,
    });
    expect(answer.get("scope")).toBeNull();
  });

  it.each([
    '{"userinfo":{"email":null,"unheard_of":"text","another":7},"verified":{"email":null},"purpose":"text"}',
    '{"purpose":"text"}',
    '{"id_token":{"toString":{"value":false},"email":{"essential":true}},"userinfo":{}}',
  ])("leave out unknown members of claims: %s", async (claims) => {
    const { tokens } = await asked("third", { scope: "openid", claims }, "Autoriser");
    expect(tokens["id_token"]).toEqual(expect.any(String));
  });

  it("take a proof by either name of Ed25519, whose key of ours has neither", async () => {
    for (const alg of ["EdDSA", "Ed25519"] as const) {
      const answer = await fetch(`${provider.issuer}/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "client_credentials",
          ...clientAssertion({ ...key, alg }, "prover", provider.issuer),
        }),
      });
      // It is known by its proof, and may not ask for this.
      expect(await answer.json()).toMatchObject({
        error: "invalid_request",
        error_description: expect.stringContaining("grant type"),
      });
    }
    const { keys } = (await (await fetch(`${provider.issuer}/jwks`)).json()) as {
      keys: { crv?: string; alg?: string }[];
    };
    const [ours] = keys.filter(({ crv }) => crv === "Ed25519");
    expect(ours).toMatchObject({ kty: "OKP", use: "sig" });
    // With a name it would be lost to the clients that know the other (findings/pyjwt-jwk-ed25519.sh).
    expect(ours).not.toHaveProperty("alg");
  });
});
