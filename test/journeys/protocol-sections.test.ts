import { createDecipheriv, generateKeyPairSync, privateDecrypt, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { verifiedJwt } from "../conformance/verified-jwt.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type Person, newPerson } from "../support/person.ts";
import { challenge, plainClient } from "../support/plain-client.ts";
import { newKey, signedJwt } from "../support/signed-jwt.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const algorithms = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"] as const;
const elsewhere = "https://elsewhere.example/callback";
const alsoElsewhere = "https://elsewhere.example/another/callback";

describe.each(databases)("protocol features by their sections, on $name", (kind) => {
  let provider: TestProvider;
  const requestKey = newKey("ES256");
  const recipient = generateKeyPairSync("rsa", { modulusLength: 2048 });

  beforeAll(async () => {
    const publicKey = recipient.publicKey.export({ format: "jwk" });
    const encrypting = { ...publicKey, kid: "enc", use: "enc", alg: "RSA-OAEP-256" };
    const signing = { ...requestKey.publicKey.export({ format: "jwk" }), kid: "sig", use: "sig" };
    provider = await startTestProvider(kind, {
      clients: {
        ...Object.fromEntries(
          algorithms.map((alg) => [
            alg,
            { id_token_signed_response_alg: alg, userinfo_signed_response_alg: alg },
          ]),
        ),
        one: { subject_type: "pairwise" },
        two: { subject_type: "pairwise", redirect_uris: [elsewhere] },
        three: { subject_type: "pairwise", redirect_uris: [alsoElsewhere] },
        encrypted: {
          jwks: { keys: [encrypting] },
          userinfo_signed_response_alg: "RS256",
          userinfo_encrypted_response_alg: "RSA-OAEP-256",
          userinfo_encrypted_response_enc: "A256GCM",
        },
        jar: {
          jwks: { keys: [{ ...signing, alg: "ES256" }] },
          request_object_signing_alg: "ES256",
          require_signed_request_object: true,
        },
      },
    });
  });
  afterAll(async () => {
    await provider.stop();
  });

  const visitor = (clientId: string) =>
    new BrowserAgent({
      stopBefore: [provider.party(clientId).origin, "https://elsewhere.example"],
    });

  /** Signs in where that is asked, and redeems the code. */
  async function tokensOf(clientId: string, person: Person, redirect?: string) {
    const client = plainClient(provider, clientId);
    const browser = visitor(clientId);
    const redirect_uri = redirect ?? client.redirectUri;
    await client.authorize(browser, { redirect_uri });
    await person.signIn(browser);
    const code = new URL(browser.page.location ?? "").searchParams.get("code") ?? "";
    const { status, body } = await client.redeem(code, { redirect_uri });
    expect(status).toBe(200);
    return { tokens: body, ...(await verifiedJwt(provider.issuer, body["id_token"])) };
  }

  const userinfoText = async (accessToken: unknown) => {
    const headers = { authorization: `Bearer ${String(accessToken)}` };
    return (await fetch(`${provider.issuer}/me`, { headers })).text();
  };

  it.each(algorithms)(
    "OIDC Core §2 and §5.3.2: signs ID tokens and userinfo with %s, by a published key",
    async (alg) => {
      const person = await newPerson(provider);
      const { header, claims, tokens } = await tokensOf(alg, person);
      expect([header["alg"], claims["sub"]]).toEqual([alg, person.sub]);
      const info = await verifiedJwt(provider.issuer, await userinfoText(tokens["access_token"]));
      expect(info.header["alg"]).toBe(alg);
      expect(info.claims).toMatchObject({ iss: provider.issuer, aud: alg, sub: person.sub });
    },
  );

  it("OIDC Core §5.3.2: encrypts signed userinfo to the client's key", async () => {
    const person = await newPerson(provider);
    const { tokens } = await tokensOf("encrypted", person);
    const jwe = await userinfoText(tokens["access_token"]);
    const [header = "", key = "", nonce = "", content = "", tag = ""] = jwe.split(".");
    const oaep = { key: recipient.privateKey, oaepHash: "sha256" };
    const contentKey = privateDecrypt(oaep, Buffer.from(key, "base64url"));
    const decipher = createDecipheriv("aes-256-gcm", contentKey, Buffer.from(nonce, "base64url"))
      .setAAD(Buffer.from(header))
      .setAuthTag(Buffer.from(tag, "base64url"));
    const jwt = Buffer.concat([
      decipher.update(Buffer.from(content, "base64url")),
      decipher.final(),
    ]).toString();
    expect((await verifiedJwt(provider.issuer, jwt)).claims).toMatchObject({
      sub: person.sub,
      aud: "encrypted",
    });
  });

  it("OIDC Core §8.1: gives one sub a sector, the same to its clients and another elsewhere", async () => {
    const person = await newPerson(provider);
    const subOf = async (clientId: string, redirect?: string) =>
      (await tokensOf(clientId, person, redirect)).claims["sub"];
    const here = await subOf("one");
    const there = await subOf("two", elsewhere);
    expect(await subOf("three", alsoElsewhere)).toBe(there);
    expect(new Set([here, there, person.sub]).size).toBe(3);
  });

  describe("RFC 9101, signed request objects", () => {
    const requestObject = (changes: object = {}, by = requestKey) => {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: "jar",
        aud: provider.issuer,
        jti: randomUUID(),
        iat: now,
        exp: now + 60,
        client_id: "jar",
        response_type: "code",
        scope: "openid",
        state: "inside",
        redirect_uri: provider.party("jar").redirectUri,
        code_challenge: challenge,
        code_challenge_method: "S256",
        ...changes,
      };
      return signedJwt(by, { typ: "oauth-authz-req+jwt", kid: "sig" }, claims);
    };
    const open = (fields: Record<string, string>) => {
      const query = new URLSearchParams({ client_id: "jar", ...fields }).toString();
      const browser = visitor("jar");
      return browser.open(`${provider.issuer}/auth?${query}`).then(() => browser);
    };
    const errorOf = ({ page }: BrowserAgent) =>
      page.location
        ? new URL(page.location).searchParams.get("error")
        : /invalid_request\w*/.exec(page.text)?.[0];

    it("§5 and §6.3: take the place of the parameters beside them", async () => {
      const browser = await open({ request: requestObject(), state: "outside" });
      await (await newPerson(provider)).signIn(browser);
      const answer = new URL(browser.page.location ?? "").searchParams;
      expect(answer.get("state")).toBe("inside");
      const redeemed = await plainClient(provider, "jar").redeem(answer.get("code") ?? "");
      expect(redeemed.status).toBe(200);
    });

    it.each([
      ["by another key", () => requestObject({}, newKey("ES256"))],
      ["for another audience", () => requestObject({ aud: "https://elsewhere.example" })],
      ["of another issuer", () => requestObject({ iss: "one" })],
      ["for another client", () => requestObject({ client_id: "one" })],
      ["that is over", () => requestObject({ exp: Math.floor(Date.now() / 1000) - 60 })],
      ["signed by another algorithm", () => requestObject({}, newKey("PS256"))],
    ])("§6: are refused %s", async (_how, request) => {
      expect(errorOf(await open({ request: request() }))).toMatch(/^invalid_request/);
    });

    it.each(["state", "nonce", "login_hint", "ui_locales", "prompt"])(
      "§4: hold %s as a text, neither null nor a list",
      async (name) => {
        for (const value of [null, ["en"], {}]) {
          const { page } = await open({ request: requestObject({ [name]: value }) });
          expect(page.status).toBe(400);
          expect(page.text).toContain(`Request Object: ${name} must be a text`);
        }
      },
    );

    it("RFC 9126 §2.2: are pushed while something of them is left", async () => {
      const now = Math.floor(Date.now() / 1000);
      const push = (exp: number) =>
        plainClient(provider, "jar").post("/request", {
          client_id: "jar",
          request: requestObject({ exp }),
        });
      for (const late of [now - 5, now, now + 1]) {
        const { status, body } = await push(late);
        expect([status, body["error"]]).toEqual([400, "invalid_request_object"]);
        expect(body["error_description"]).toBe(
          "Request Object: exp must be at least 2 s ahead of our clock",
        );
      }
      const { status, body } = await push(now + 30);
      expect(status).toBe(201);
      expect(Number(body["expires_in"])).toBeGreaterThan(0);
    });

    it("§10.5: are demanded of a client that registered so", async () => {
      const { search } = plainClient(provider, "jar").authorizationUrl();
      const browser = await open(Object.fromEntries(new URLSearchParams(search)));
      expect(errorOf(browser)).toBe("invalid_request");
    });
  });
});
