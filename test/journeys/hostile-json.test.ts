import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { challenge, plainClient } from "../support/plain-client.ts";
import { dpopProof, newKey, signedJwt } from "../support/signed-jwt.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** What JSON can hold that a text, a number or a list of them would be expected: of the first two no text can be made. */
const values = [
  { toString: false },
  { toString: null, valueOf: null },
  [{ toString: false }],
  { __proto__: null, length: 1e9 },
  [[]],
  null,
  true,
  1e20,
  0.5,
  "",
  "\u0000",
  "\ud800",
] as const;

describe.each(databases)("JSON that is not what it should be, on $name", (kind) => {
  let provider: TestProvider;
  const key = newKey("ES256");

  beforeAll(async () => {
    const jwk = { ...key.publicKey.export({ format: "jwk" }), kid: "one", use: "sig" };
    provider = await startTestProvider(kind, {
      clients: {
        portal: { jwks: { keys: [jwk] } },
        signing: {
          token_endpoint_auth_method: "private_key_jwt",
          client_secret: undefined,
          jwks: { keys: [jwk] },
        },
      },
    });
  });
  afterAll(() => provider.stop());

  const now = () => Math.floor(Date.now() / 1000);
  const post = (
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ) =>
    fetch(`${provider.issuer}${path}`, {
      method: "POST",
      headers,
      body: new URLSearchParams(fields),
      redirect: "manual",
    });

  /** Each answer that is a fault of ours. */
  async function faults(asked: readonly (readonly [string, () => Promise<Response>])[]) {
    const found: string[] = [];
    for (const [what, ask] of asked) {
      const { status } = await ask();
      if (status >= 500) found.push(`${what}: ${String(status)}`);
    }
    return [...found, ...provider.log.splice(0).filter((line) => line.includes('"level":"error"'))];
  }
  const shown = (value: unknown) => JSON.stringify(value);

  it("in a request object is told, whoever signed it, at the authorization and where it is pushed", async () => {
    const client = plainClient(provider, "portal");
    const usual = {
      ...Object.fromEntries(client.authorizationUrl().searchParams),
      ...{ iss: "portal", aud: provider.issuer, exp: now() + 60 },
    };
    const names = ["nonce", "state", "scope", "claims", "max_age", "resource", "exp", "aud", "iss"];
    const requests = names.flatMap((name) =>
      values.map((value) => [
        `${name} ${shown(value)}`,
        signedJwt(key, { kid: "one" }, { ...usual, [name]: value }),
      ]),
    );
    const asked = requests.flatMap(([what = "", request = ""]) => {
      const query = new URLSearchParams({ client_id: "portal", request });
      const basic = Buffer.from(`portal:${provider.clientSecret}`).toString("base64");
      return [
        [what, () => fetch(`${provider.issuer}/auth?${query.toString()}`, { redirect: "manual" })],
        [
          `pushed ${what}`,
          () => post("/request", { request }, { authorization: `Basic ${basic}` }),
        ],
      ] as const;
    });
    expect(await faults(asked)).toEqual([]);
  });

  it("in a client assertion or a proof of possession is told", async () => {
    const usual = { ...{ iss: "signing", sub: "signing", aud: provider.issuer }, jti: "j", exp: 1 };
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const asked = values.flatMap((value) => [
      ...["iss", "sub", "aud", "jti", "exp", "iat", "nbf"].map((name) => {
        const claims = { ...usual, jti: `${name} ${shown(value)}`, exp: now() + 60, [name]: value };
        const client_assertion = signedJwt(key, { kid: "one" }, claims);
        const fields = { grant_type: "x", client_assertion_type: type, client_assertion };
        return [`${name} ${shown(value)}`, () => post("/token", fields)] as const;
      }),
      ...["iat", "jti", "htm", "htu", "nonce", "ath"].map((name) => {
        const dpop = dpopProof(key, `${provider.issuer}/token`, { [name]: value });
        const fields = { grant_type: "authorization_code", code: "x", redirect_uri: "x" };
        const basic = Buffer.from(`portal:${provider.clientSecret}`).toString("base64");
        const headers = { authorization: `Basic ${basic}`, dpop };
        return [`DPoP ${name} ${shown(value)}`, () => post("/token", fields, headers)] as const;
      }),
    ]);
    expect(await faults(asked)).toEqual([]);
  });

  it("in the claims parameter is passed over or told", async () => {
    const documents = values.flatMap((value) => [
      value,
      { userinfo: value },
      { id_token: { acr: { value } } },
      { id_token: { acr: { values: value, essential: true } } },
      { id_token: { sub: { value } }, userinfo: { email: value, siret: { essential: value } } },
    ]);
    const asked = documents.map((document) => {
      const query = new URLSearchParams({
        ...Object.fromEntries(plainClient(provider, "portal").authorizationUrl().searchParams),
        code_challenge: challenge,
        claims: shown(document),
      });
      const url = `${provider.issuer}/auth?${query.toString()}`;
      return [shown(document), () => fetch(url, { redirect: "follow" })] as const;
    });
    expect(await faults(asked)).toEqual([]);
  });

  it("in the metadata of a client that registers itself is a problem each", async () => {
    const usual = { redirect_uris: ["https://tiers.example/callback"] };
    const names = [
      ...["id_token_signed_response_alg", "token_endpoint_auth_method", "redirect_uris", "scope"],
      ...["jwks", "contacts", "default_max_age", "client_name", "response_types", "profile"],
    ];
    const count = names.length * values.length;
    const { clientRegistration } = provider.application;
    const token = await clientRegistration.invite("operator", now() + 600, count);
    const refused: string[] = [];
    const asked = names.flatMap((name) =>
      values.map((value) => {
        const body = JSON.stringify({ ...usual, [name]: value });
        const headers = {
          authorization: `Bearer ${token.token}`,
          "content-type": "application/json",
        };
        const ask = async () => {
          const answer = await fetch(`${provider.issuer}/reg`, { method: "POST", headers, body });
          if (![201, 400].includes(answer.status)) refused.push(`${name}: ${answer.status}`);
          return answer;
        };
        return [`${name} ${shown(value)}`, ask] as const;
      }),
    );
    expect(await faults(asked)).toEqual([]);
    expect(refused).toEqual([]);
  });
});
