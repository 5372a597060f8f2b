import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { dpopProof, newKey } from "../support/signed-jwt.ts";
import { plainClient } from "../support/plain-client.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const siretOne = "13002526500013";
const api = "https://api.lopcommerce.test/formations";

describe.each(databases)("what the protocol offers beyond the code flow, on $name", (kind) => {
  let provider: TestProvider;
  const email = "protocole@partenaire.test";

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: {
          scope: "openid profile email siret establishment establishments formations:read",
        },
        machine: {
          grant_types: ["client_credentials"],
          response_types: [],
          redirect_uris: [],
          scope: "formations:read formations:write",
          sirets: ["41816609600051", siretOne],
        },
        pushed: { require_pushed_authorization_requests: true },
        signed: { userinfo_signed_response_alg: "ES256" },
      },
      resources: [{ resource: api, name: "Formations", scope: "formations:read formations:write" }],
    });
    await provider.addAccount(email);
    await provider.openAccess(email, siretOne);
  });
  afterAll(async () => {
    await provider.stop();
  });

  const post = async (
    path: string,
    clientId: string,
    fields: Record<string, string>,
    headers = {},
  ) => {
    const basic = Buffer.from(`${clientId}:${provider.clientSecret}`).toString("base64");
    const answer = await fetch(`${provider.issuer}${path}`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}`, ...headers },
      body: new URLSearchParams(fields),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const tokensOf = async (clientId: string, parameters: Record<string, string>) => {
    const client = plainClient(provider, clientId);
    const browser = new BrowserAgent({ stopBefore: [provider.party(clientId).origin] });
    const signIn = () => browser.fill({ email, password: goodPassword }).submit();
    const { body } = await client.redeem(await client.code(browser, parameters, signIn));
    return body;
  };

  describe("RFC 6749 §4.4, the client credentials grant", () => {
    it("gives a machine a token that introspection knows", async () => {
      const token = await post("/token", "machine", { grant_type: "client_credentials" });
      expect(token.status).toBe(200);
      const seen = await post("/token/introspection", "machine", {
        token: String(token.body["access_token"]),
      });
      expect(seen.body).toMatchObject({ active: true, client_id: "machine" });
    });

    it("is refused to a client that did not register it", async () => {
      const token = await post("/token", "portal", { grant_type: "client_credentials" });
      expect(token).toMatchObject({
        status: 400,
        body: { error_description: "requested grant type is not allowed for this client" },
      });
    });
  });

  describe("RFC 8707 and RFC 9068, JWT access tokens for a declared resource server", () => {
    it("tells it the establishments that a machine is bound to", async () => {
      const fields = { grant_type: "client_credentials", resource: api, scope: "formations:read" };
      const { body } = await post("/token", "machine", fields);
      expect(headerOf(body["access_token"])).toMatchObject({ alg: "ES256", typ: "at+jwt" });
      expect(payloadOf(body["access_token"])).toMatchObject({
        iss: provider.issuer,
        aud: api,
        client_id: "machine",
        scope: "formations:read",
        establishments: [
          { siret: siretOne, siren: "130025265" },
          { siret: "41816609600051", siren: "418166096" },
        ],
      });
      expect(body["expires_in"]).toBe(300);
    });

    it("tells it the establishment of a person's authorization", async () => {
      const scope = "openid siret establishments formations:read";
      const tokens = await tokensOf("portal", { resource: api, scope });
      expect(payloadOf(tokens["access_token"])).toMatchObject({
        aud: api,
        sub: payloadOf(tokens["id_token"])["sub"],
        scope: "formations:read",
        siret: siretOne,
      });
      expect(payloadOf(tokens["access_token"])).not.toHaveProperty("siren");
      expect(payloadOf(tokens["access_token"])).not.toHaveProperty("establishments");
    });

    it("refuses a resource that is not declared", async () => {
      const fields = { grant_type: "client_credentials", resource: "https://elsewhere.test/" };
      expect((await post("/token", "machine", fields)).body["error"]).toBe("invalid_target");
    });
  });

  describe("RFC 9126, pushed authorization requests", () => {
    it("are required of a client that registered so", async () => {
      const browser = new BrowserAgent();
      const login = await provider.party("pushed").login(browser);
      expect((await login.refused()).error).toBe("invalid_request");
    });

    it("start an authorization by their request_uri, once", async () => {
      const parameters = {
        client_id: "pushed",
        response_type: "code",
        scope: "openid",
        redirect_uri: provider.party("pushed").redirectUri,
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method: "S256",
      };
      const pushed = await post("/request", "pushed", parameters);
      expect(pushed).toMatchObject({ status: 201, body: { expires_in: 60 } });
      const query = new URLSearchParams({
        client_id: "pushed",
        request_uri: String(pushed.body["request_uri"]),
      });
      const browser = new BrowserAgent({ stopBefore: [provider.party("pushed").origin] });
      await browser.open(`${provider.issuer}/auth?${query.toString()}`);
      expect(browser.page.h1).toBe("Connexion");
      await browser.fill({ email, password: goodPassword }).submit();
      expect(browser.page.location).toContain("code=");
      const again = await new BrowserAgent().open(`${provider.issuer}/auth?${query.toString()}`);
      expect(again.status).toBe(400);
      expect(again.text).toContain("invalid_request_uri");
      // Nothing is wrong with it, and going back a page would not help.
      expect(again.h1).toBe("Demande expirée");
      expect(again.find("#primary")?.attribute("href")).toBe(provider.party("pushed").origin);
    });
  });

  describe("RFC 9449, DPoP", () => {
    it("binds a token to the key that proved itself, and refuses a proof used twice", async () => {
      const proof = dpopProof(newKey("ES256"), `${provider.issuer}/token`);
      const fields = { grant_type: "client_credentials" };
      const first = await post("/token", "machine", fields, { DPoP: proof });
      expect(first.body).toMatchObject({ token_type: "DPoP" });
      const second = await post("/token", "machine", fields, { DPoP: proof });
      expect(second.status).toBe(400);
    });

    it("gives one token for one proof, however many ask at the same time", async () => {
      const proof = dpopProof(newKey("ES256"), `${provider.issuer}/token`);
      const fields = { grant_type: "client_credentials" };
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => post("/token", "machine", fields, { DPoP: proof })),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
    });
  });

  describe("OpenID Connect Core §3.1.2.1, an authorization request by POST", () => {
    it("is answered by a 303 to a reference of it, and cookies stay SameSite=Lax", async () => {
      const fields = new URLSearchParams({ client_id: "portal", scope: "openid", state: "é &=" });
      const answer = await fetch(`${provider.issuer}/auth`, {
        method: "POST",
        body: fields,
        redirect: "manual",
        headers: { "sec-fetch-site": "cross-site", origin: "https://rp.test" },
      });
      expect(answer.status).toBe(303);
      expect(answer.headers.get("location")).toMatch(/^\/auth\?posted_request=[\w-]{43}$/);
    });

    it("is refused with a page when it is no form, or larger than 64 kB", async () => {
      const json = await fetch(`${provider.issuer}/auth`, {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json" },
      });
      expect(json.status).toBe(415);
      const large = await fetch(`${provider.issuer}/auth`, {
        method: "POST",
        body: new URLSearchParams({ state: "x".repeat(66_000) }),
      });
      expect(large.status).toBe(413);
    });
  });

  describe("OpenID Connect Core §5.3.2, a signed userinfo answer", () => {
    it("is a JWT by the algorithm that the client registered", async () => {
      const tokens = await tokensOf("signed", { scope: "openid email" });
      const answer = await fetch(`${provider.issuer}/me`, {
        headers: { authorization: `Bearer ${String(tokens["access_token"])}` },
      });
      expect(answer.headers.get("content-type")).toContain("application/jwt");
      const jwt = await answer.text();
      expect(headerOf(jwt)["alg"]).toBe("ES256");
      expect(payloadOf(jwt)).toMatchObject({ iss: provider.issuer, aud: "signed", email });
    });
  });
});

function part(jwt: unknown, index: number): Record<string, unknown> {
  const encoded = String(jwt).split(".")[index] ?? "";
  return JSON.parse(Buffer.from(encoded, "base64url").toString()) as Record<string, unknown>;
}

const headerOf = (jwt: unknown) => part(jwt, 0);
const payloadOf = (jwt: unknown) => part(jwt, 1);
