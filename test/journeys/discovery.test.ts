import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { oneFactor, twoFactors } from "../../src/provider/authentication-levels.ts";
import { databases } from "../support/databases.ts";
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const discoveryPath = "/.well-known/openid-configuration";

/** What a stranger writes into a request to make the provider name another host. */
const poisonedHeaders = {
  host: "pirate.example",
  "x-forwarded-host": "pirate.example",
  "x-forwarded-proto": "https",
  "x-forwarded-port": "666",
  "x-forwarded-for": "203.0.113.9",
  forwarded: "for=203.0.113.9;host=pirate.example;proto=https",
  "x-original-url": "/pirate.example",
};

describe.each(databases)("what the provider publishes, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("describes itself in the discovery document, every address below ISSUER", async () => {
    const { issuer } = provider;
    const answer = await fetch(`${issuer}${discoveryPath}`);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    const document = (await answer.json()) as Record<string, unknown>;
    expect(document).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/me`,
      jwks_uri: `${issuer}/jwks`,
      end_session_endpoint: `${issuer}/session/end`,
      introspection_endpoint: `${issuer}/token/introspection`,
      revocation_endpoint: `${issuer}/token/revocation`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
      subject_types_supported: ["public", "pairwise"],
      ui_locales_supported: ["fr", "en"],
      claims_parameter_supported: true,
      request_uri_parameter_supported: false,
      authorization_response_iss_parameter_supported: true,
    });
    expect(setOf(document, "scopes_supported")).toEqual(
      new Set([
        ...["openid", "offline_access", "profile", "email"],
        ...["siret", "establishment", "establishments"],
        ...["access:read", "access:write", "accounts:read"],
      ]),
    );
    expect(setOf(document, "claims_supported")).toEqual(
      new Set([
        ...["sub", "given_name", "family_name", "name", "updated_at", "email", "email_verified"],
        ...["siret", "siren", "establishment_name", "establishments"],
        ...["sid", "auth_time", "iss", "acr", "amr"],
      ]),
    );
    expect(setOf(document, "acr_values_supported")).toEqual(new Set([oneFactor, twoFactors]));
    expect(setOf(document, "prompt_values_supported")).toEqual(
      new Set(["none", "login", "consent", "create", "select_account"]),
    );
    expect(setOf(document, "id_token_signing_alg_values_supported")).toEqual(
      new Set(["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]),
    );
    expect(setOf(document, "token_endpoint_auth_methods_supported")).toEqual(
      new Set(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]),
    );
    for (const endpoint of ["revocation_endpoint", "introspection_endpoint"]) {
      for (const what of ["methods", "signing_alg_values"]) {
        const name = `auth_${what}_supported`;
        expect(document[`${endpoint}_${name}`]).toEqual(document[`token_endpoint_${name}`]);
      }
    }
    // OpenID Connect Discovery §4.2: what has no element is left out; and what encrypts nothing has no way of doing it.
    expect(Object.entries(document).filter(([, value]) => String(value) === "")).toEqual([]);
    expect(Object.keys(document).filter((name) => /_encryption_enc_/.test(name))).toEqual([
      "userinfo_encryption_enc_values_supported",
    ]);
    const addresses = Object.entries(document).filter(([name]) => /_(endpoint|uri)$/.test(name));
    expect(addresses.every(([, url]) => String(url).startsWith(`${issuer}/`))).toBe(true);
  });

  it("says the same to who looks for an authorization server (RFC 8414)", async () => {
    const paths = [discoveryPath, "/.well-known/oauth-authorization-server"];
    const [openid, oauth] = await Promise.all(
      paths.map(async (path) => {
        const { headers, body } = await raw(provider, path, { origin: "https://app.example" });
        return { headers, body };
      }),
    );
    expect(oauth).toEqual(openid);
  });

  it("publishes two public keys an algorithm, and nothing private", async () => {
    const { keys } = (await (await fetch(`${provider.issuer}/jwks`)).json()) as {
      keys: Record<string, unknown>[];
    };
    // One signs, one is published before it will.
    const algorithms = ["ES256", "PS256", "RS256"];
    const named = keys.flatMap(({ alg }) => alg ?? []);
    expect(named.sort()).toEqual(algorithms.flatMap((alg) => [alg, alg]));
    // Of two names (EdDSA, Ed25519) no alg: PyJWT, joserfc and Rust's openidconnect read such a key, whatever they call it.
    expect(keys.filter(({ alg }) => alg === undefined).map(({ crv }) => crv)).toEqual([
      "Ed25519",
      "Ed25519",
    ]);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(8);
    const members = new Set(keys.flatMap((key) => Object.keys(key)));
    expect([...members].sort()).toEqual(["alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"]);
    expect(keys.every(({ use }) => use === "sig")).toBe(true);
  });

  it.each([discoveryPath, "/jwks"])("answers %s to a poisoned host as to anybody", async (path) => {
    const url = `${provider.issuer}${path}`;
    const honest = await raw(provider, path, { host: new URL(provider.issuer).host });
    expect(honest.status).toBe(200);
    expect(await raw(provider, path, poisonedHeaders)).toEqual(honest);
    expect(await raw(provider, url.replace("localhost", "pirate.example"), {})).toEqual(honest);
  });

  it("leads a request with a poisoned host to its own pages only", async () => {
    const { pathname, search } = plainClient(provider, "portal").authorizationUrl();
    const paths = ["/recovery", "/signup", "/session/end", "/nowhere", "/auth", pathname + search];
    for (const path of paths) {
      const { headers, body } = await raw(provider, path, poisonedHeaders);
      expect(`${path} ${JSON.stringify(headers)}${body}`).not.toMatch(/pirate|https:\/\/localhost/);
    }
  });

  it("offers no page of the library's own and no endpoint that is not announced", async () => {
    for (const path of ["/device", "/reg", "/request", "/backchannel", "/interaction/x/abort"]) {
      const answer = await fetch(`${provider.issuer}${path}`, { headers: { accept: "text/html" } });
      expect([path, answer.status < 500 && answer.status >= 404]).toEqual([path, true]);
      expect(await answer.text()).toContain('<html lang="fr"');
    }
  });
});

function setOf(document: Record<string, unknown>, name: string): Set<unknown> {
  return new Set(document[name] as unknown[]);
}

/** Sends the target and the headers as they are, which fetch would not. */
function raw(
  provider: TestProvider,
  target: string,
  headers: Record<string, string>,
): Promise<{ status: number | undefined; headers: object; body: string }> {
  const { port } = new URL(provider.issuer);
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: target, headers, agent: false };
    request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const kept: Record<string, unknown> = { ...response.headers };
        delete kept["date"];
        const body = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode, headers: kept, body });
      });
    })
      .on("error", reject)
      .end();
  });
}
