import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newCode, newTokens, plainClient } from "../support/plain-client.ts";
import { clientAssertion, newKey } from "../support/signed-jwt.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** A first connection goes wrong in few ways: each is told to who connects, and nothing that helps to guess. */
describe.each(databases.slice(0, 1))("the cause of a refusal, on $name", (kind) => {
  let provider: TestProvider;
  const key = newKey("ES256");

  beforeAll(async () => {
    const jwk = { ...key.publicKey.export({ format: "jwk" }), kid: "one", use: "sig" };
    provider = await startTestProvider(kind, {
      clients: {
        one: {},
        two: {},
        spa: { token_endpoint_auth_method: "none" },
        phone: {
          token_endpoint_auth_method: "none",
          application_type: "native",
          redirect_uris: ["com.example.telephone:/retour"],
        },
        signing: {
          token_endpoint_auth_method: "private_key_jwt",
          client_secret: undefined,
          jwks: { keys: [jwk] },
        },
      },
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(() => provider.stop());

  const one = () => plainClient(provider, "one");
  const token = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = new URLSearchParams({ grant_type: "client_credentials", ...fields });
    const answer = await fetch(`${provider.issuer}/token`, { method: "POST", headers, body });
    const { error, error_description: told } = (await answer.json()) as Record<string, unknown>;
    return { status: answer.status, error, told, headers: answer.headers };
  };
  const basic = (clientId: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`,
  });

  it.each([
    [
      "another redirect URI",
      { redirect_uri: "https://elsewhere.example/cb" },
      "redirect_uri is not the one of the authorization request",
    ],
    [
      "a wrong verifier",
      { code_verifier: "x".repeat(43) },
      "code_verifier does not match the code_challenge",
    ],
    ["no verifier", { code_verifier: undefined }, "code_verifier is missing"],
    ["no code", { code: undefined }, "missing required parameter 'code'"],
  ])("is told for %s", async (_what, fields, told) => {
    const { body } = await one().redeem(await newCode(provider, one()), fields);
    expect(String(body["error_description"])).toContain(told);
  });

  it.each([
    ["one", /^code_challenge is missing: switch PKCE \(S256\) on .*require_pkce false$/],
    ["spa", /^code_challenge is missing: switch PKCE \(S256\) on in the library$/],
  ])("is told to %s, which sends no challenge, where it comes back", async (clientId, told) => {
    const client = plainClient(provider, clientId);
    const browser = new BrowserAgent({ stopBefore: [client.redirectUri] });
    const none = { code_challenge: undefined, code_challenge_method: undefined };
    const answer = client.answer(await client.authorize(browser, none));
    expect(answer.get("error")).toBe("invalid_request");
    expect(answer.get("error_description")).toMatch(told);
    expect(answer.get("error_description")).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
  });

  it("is told for a code that is another client's, used, unknown or expired", async () => {
    const told = async (code: string, client = one()) =>
      (await client.redeem(code)).body["error_description"];
    const code = await newCode(provider, one());
    const two = plainClient(provider, "two");
    expect(await told(code, two)).toBe("it was issued to another client");
    expect(await told(code)).toBeUndefined();
    expect(await told(code)).toBe("this was used before: a code is good once");
    expect(await told(code)).toContain("the authorization code is unknown");
    const late = await newCode(provider, one());
    fakeDate(Date.now() + 61_000);
    expect(await told(late)).toBe("the authorization code has expired: it is good for 60 seconds");
  });

  it("is told for a refresh token of another client, or of an authorization that has ended", async () => {
    const { refresh_token: refresh, access_token: access } = await newTokens(provider, one());
    const told = async (client = one()) =>
      (await client.refresh(refresh)).body["error_description"];
    expect(await told(plainClient(provider, "two"))).toBe("it was issued to another client");
    await one().post("/token/revocation", { token: String(access) });
    expect(await told()).toContain("its authorization has ended");
  });

  it("is told for another method than the registered one, and of an assertion", async () => {
    expect(await token({ client_id: "signing", client_secret: "s" })).toMatchObject({
      status: 401,
      told: "the client is registered with another token_endpoint_auth_method: private_key_jwt",
    });
    const late = clientAssertion(key, "signing", provider.issuer, { exp: 1e20 });
    expect(await token(late)).toMatchObject({
      status: 401,
      told: "client_assertion: exp must be at most 60 minutes ahead of our clock",
    });
  });

  it("is one for an unknown client and for a wrong secret", async () => {
    const unknown = await token({}, basic("nobody", "wrong"));
    const wrong = await token({}, basic("one", "wrong"));
    expect(unknown).toMatchObject({ status: 401, told: "client authentication failed" });
    expect({ ...wrong, headers: undefined }).toEqual({ ...unknown, headers: undefined });
  });

  it.each(["a+b", "a/b", "ab==", "a%zz"])(
    "names form-encoding for the secret %s, whosever it is",
    async (secret) => {
      const [unknown, known] = [
        await token({}, basic("nobody", secret)),
        await token({}, basic("one", secret)),
      ];
      expect(String(unknown.told)).toContain("form-encode the client_id and the secret");
      expect(known.told).toBe(unknown.told);
    },
  );

  it("may be read by a browser application with its reference", async () => {
    const { origin } = new URL(plainClient(provider, "spa").redirectUri);
    const { headers } = await token({ client_id: "spa", grant_type: "refresh_token" }, { origin });
    expect(headers.get("x-error-reference")).toBeTruthy();
    expect(headers.get("access-control-expose-headers")).toContain("X-Error-Reference");
  });

  it("may not by a frame that is held apart, for all that a native application's address has no origin", async () => {
    const asked = { client_id: "phone", grant_type: "refresh_token", refresh_token: "unknown" };
    expect((await token(asked)).error).toBe("invalid_grant");
    const { error, headers } = await token(asked, { origin: "null" });
    expect(error).toBe("invalid_request");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  it.each([
    ["a fraction", 59.25],
    ["past every number", 1e20],
    ["a text", "tomorrow"],
    ["an object", {}],
    ["below zero", -1e20],
  ])(
    "of an assertion whose end is %s is never a fault of ours, at any endpoint",
    async (_what, exp) => {
      const end =
        typeof exp === "number" && exp < 60 && exp > 0 ? Math.floor(Date.now() / 1000) + exp : exp;
      for (const path of ["/token", "/request", "/token/introspection", "/token/revocation"]) {
        const fields = clientAssertion(key, "signing", provider.issuer, { exp: end });
        const body = new URLSearchParams({
          grant_type: "client_credentials",
          token: "x",
          ...fields,
        });
        const { status } = await fetch(`${provider.issuer}${path}`, { method: "POST", body });
        expect([path, status < 500]).toEqual([path, true]);
      }
    },
  );
});
