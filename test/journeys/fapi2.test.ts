import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { clientAssertion, dpopProof, newKey } from "../support/signed-jwt.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const verifier = "a-code-verifier-that-only-this-test-of-the-profile-knows";
const clientId = "banque";

describe.each(databases)(
  "FAPI 2.0 Security Profile, for a client that asks for it, on $name",
  (kind) => {
    let provider: TestProvider;
    const key = newKey("PS256");
    const email = "fapi@partenaire.test";

    beforeAll(async () => {
      const jwk = {
        ...key.publicKey.export({ format: "jwk" }),
        kid: "one",
        alg: "PS256",
        use: "sig",
      };
      provider = await startTestProvider(kind, {
        clients: {
          [clientId]: { profile: "fapi2", client_secret: undefined, jwks: { keys: [jwk] } },
        },
      });
      await provider.addAccount(email);
    });
    afterAll(async () => {
      await provider.stop();
    });

    const post = async (path: string, fields: Record<string, string>, headers = {}) => {
      const answer = await fetch(`${provider.issuer}${path}`, {
        method: "POST",
        headers,
        body: new URLSearchParams(fields),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const proven = (claims?: object) => clientAssertion(key, clientId, provider.issuer, claims);
    const request = () => ({
      client_id: clientId,
      response_type: "code",
      scope: "openid",
      redirect_uri: provider.party(clientId).redirectUri,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    const authorize = async () => {
      const { body } = await post("/request", { ...request(), ...proven() });
      const query = new URLSearchParams({
        client_id: clientId,
        request_uri: String(body["request_uri"]),
      });
      const browser = new BrowserAgent({ stopBefore: [provider.party(clientId).origin] });
      await browser.open(`${provider.issuer}/auth?${query.toString()}`);
      await browser.fill({ email, password: goodPassword }).submit();
      return new URL(browser.page.location ?? "").searchParams;
    };
    const redeem = (code: string, headers: object, claims?: object) =>
      post(
        "/token",
        {
          grant_type: "authorization_code",
          code,
          code_verifier: verifier,
          redirect_uri: provider.party(clientId).redirectUri,
          ...proven(claims),
        },
        headers,
      );

    it("§5.3.2.2: gives tokens bound by DPoP for a pushed request and a client assertion", async () => {
      const answer = await authorize();
      expect(answer.get("iss")).toBe(provider.issuer);
      const proof = dpopProof(newKey("ES256"), `${provider.issuer}/token`);
      const { status, body } = await redeem(answer.get("code") ?? "", { DPoP: proof });
      expect({ status, type: body["token_type"] }).toEqual({ status: 200, type: "DPoP" });
      const header = Buffer.from(
        String(body["id_token"]).split(".")[0] ?? "",
        "base64url",
      ).toString();
      expect(JSON.parse(header)).toMatchObject({ alg: "PS256" });
      // A bound token is no bearer token.
      const asBearer = await fetch(`${provider.issuer}/me`, {
        headers: { authorization: `Bearer ${String(body["access_token"])}` },
      });
      expect(asBearer.status).toBe(401);
    });

    it("§5.3.2.1: refuses a token request without a DPoP proof", async () => {
      const answer = await authorize();
      const { status, body } = await redeem(answer.get("code") ?? "", {});
      expect(status).toBe(400);
      expect(body["error_description"]).toContain("the DPoP header is missing");
    });

    it("§5.3.2.2: refuses an authorization request that was not pushed", async () => {
      const browser = new BrowserAgent({ stopBefore: [provider.party(clientId).origin] });
      await browser.open(`${provider.issuer}/auth?${new URLSearchParams(request()).toString()}`);
      expect(new URL(browser.page.location ?? "").searchParams.get("error")).toBe(
        "invalid_request",
      );
    });

    it.each([
      ["for another audience", { aud: "https://elsewhere.test" }],
      ["that lives for an hour", { exp: Math.floor(Date.now() / 1000) + 3600 }],
      ["that is over", { exp: Math.floor(Date.now() / 1000) - 60 }],
    ])("refuses an assertion %s", async (_case, claims) => {
      const { status, body } = await post("/request", { ...request(), ...proven(claims) });
      expect({ status, error: body["error"] }).toEqual({ status: 401, error: "invalid_client" });
    });

    it("takes an assertion that lives for five minutes, and none that lives for longer", async () => {
      const answered = async (seconds: number) => {
        const exp = Math.floor(Date.now() / 1000) + seconds;
        return (await post("/request", { ...request(), ...proven({ exp }) })).status;
      };
      // Ten seconds more for clocks that differ.
      expect([await answered(300), await answered(330)]).toEqual([201, 401]);
    });

    it("refuses an assertion of another client", async () => {
      const { status } = await post("/request", {
        ...request(),
        ...proven({ iss: "autre", sub: "autre" }),
      });
      expect(status).toBe(400);
    });

    it("refuses an assertion used twice", async () => {
      const once = proven();
      expect((await post("/request", { ...request(), ...once })).status).toBe(201);
      expect((await post("/request", { ...request(), ...once })).status).toBe(401);
    });

    it("refuses an assertion by another key", async () => {
      const forged = clientAssertion(newKey("PS256"), clientId, provider.issuer);
      expect((await post("/request", { ...request(), ...forged })).status).toBe(401);
    });
  },
);
