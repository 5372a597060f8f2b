import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newKey } from "../support/signed-jwt.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import {
  type FapiAnswer,
  type FapiClient,
  epochSeconds,
  fapiClient,
  newBoundKey,
  proof,
  thumbprint,
  tokenDigest,
} from "./fapi-client.ts";
import { type PlanModule, conformancePlan } from "./plans.ts";
import { verifiedJwt } from "./verified-jwt.ts";

const prefix = "fapi2-security-profile-final-";

describe.each(databases)("OpenID Foundation conformance, FAPI 2.0 on $name", (kind) => {
  const { covers, isCovered } = conformancePlan("fapi2-security-profile-final-test-plan");
  let provider: TestProvider;
  let client: FapiClient;
  let second: FapiClient;
  const email = "conformance@partenaire.test";
  const key = newKey("PS256");
  const secondKey = newKey("PS256");
  const bound = newBoundKey();

  beforeAll(async () => {
    const declared = (own: typeof key) => ({
      profile: "fapi2",
      client_secret: undefined,
      jwks: {
        keys: [
          { ...own.publicKey.export({ format: "jwk" }), kid: "one", alg: "PS256", use: "sig" },
        ],
      },
    });
    provider = await startTestProvider(kind, {
      clients: { client: declared(key), client2: declared(secondKey) },
    });
    await provider.addAccount(email);
    client = fapiClient(provider, { clientId: "client", email, key, bound });
    second = fapiClient(provider, { clientId: "client2", email, key: secondKey, bound });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const at = (path: string, htm = "POST") => ({ htm, htu: `${provider.issuer}${path}` });
  const code = async () => (await client.authorize()).get("code");
  const tokens = async () => {
    const { status, body } = await client.redeem(await code());
    expect(status).toBe(200);
    return body;
  };
  const resourceProof = (accessToken: unknown, claims: object = {}, by = bound) =>
    proof(by, at("/me", "GET"), { claims: { ath: tokenDigest(accessToken), ...claims } });
  const isRefused = ({ status, body }: FapiAnswer, error: string) => {
    expect({ error: body["error"], refused: status >= 400 && status < 500 }).toEqual({
      error,
      refused: true,
    });
    expect(body).not.toHaveProperty("access_token");
  };

  covers(`${prefix}discovery-end-point-verification`, "FAPI 2.0 §5.3.2.1", async () => {
    const answer = await fetch(`${provider.issuer}/.well-known/openid-configuration`);
    expect(await answer.json()).toMatchObject({
      issuer: provider.issuer,
      pushed_authorization_request_endpoint: `${provider.issuer}/request`,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: expect.arrayContaining(["private_key_jwt"]) as unknown,
      token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining([
        "PS256",
        "ES256",
      ]) as unknown,
      dpop_signing_alg_values_supported: expect.arrayContaining(["ES256", "PS256"]) as unknown,
      claims_parameter_supported: true,
    });
  });

  covers(`${prefix}happy-flow`, "FAPI 2.0 §5.3.2", async () => {
    const sent = await client.authorize();
    expect(Object.fromEntries(sent)).toMatchObject({
      iss: provider.issuer,
      state: "state-of-the-client",
    });
    const { status, body } = await client.redeem(sent.get("code"));
    expect({ status, type: body["token_type"] }).toEqual({ status: 200, type: "DPoP" });
    const { header, claims } = await verifiedJwt(provider.issuer, body["id_token"]);
    expect(header["alg"]).toBe("PS256");
    expect(claims).toMatchObject({ aud: "client", nonce: "nonce-of-the-client" });
    const token = body["access_token"];
    const info = await client.userinfo(token, resourceProof(token));
    expect(info).toMatchObject({ status: 200, body: { sub: claims["sub"] } });
  });

  covers(`${prefix}user-rejects-authentication`, "RFC 6749 §4.1.2.1", async () => {
    const { body } = await client.push({ fields: { prompt: "consent" } });
    const browser = client.browser();
    await browser.open(client.authorizationUrl(body["request_uri"]));
    await client.signIn(browser);
    await browser.submit("Refuser");
    const sent = new URL(browser.page.location ?? "").searchParams;
    expect(Object.fromEntries(sent)).toMatchObject({
      error: "access_denied",
      state: "state-of-the-client",
      iss: provider.issuer,
    });
  });

  covers(
    `${prefix}ensure-authorization-request-without-state-success`,
    "FAPI 2.0 §5.3.2.2",
    async () => {
      const sent = await client.authorize({ fields: { state: undefined } });
      expect([sent.has("state"), sent.has("code")]).toEqual([false, true]);
    },
  );

  covers(
    `${prefix}ensure-authorization-request-without-nonce-success`,
    "FAPI 2.0 §5.3.2.2",
    async () => {
      const sent = await client.authorize({ fields: { nonce: undefined } });
      const { body } = await client.redeem(sent.get("code"));
      const { claims } = await verifiedJwt(provider.issuer, body["id_token"]);
      expect(claims).not.toHaveProperty("nonce");
    },
  );

  /** The nonce that the ID token says when this one was asked. */
  async function nonceFor(nonce: string) {
    const sent = await client.authorize({ fields: { nonce } });
    const { body } = await client.redeem(sent.get("code"));
    return (await verifiedJwt(provider.issuer, body["id_token"])).claims["nonce"];
  }

  covers(
    `${prefix}ensure-authorization-request-with-64-char-nonce-success`,
    "OIDC Core §3.1.2.1",
    async () => {
      expect(await nonceFor("n".repeat(64))).toBe("n".repeat(64));
    },
  );

  covers(
    `${prefix}ensure-authorization-request-with-long-nonce`,
    "OIDC Core §3.1.2.1",
    async () => {
      expect(await nonceFor("n".repeat(384))).toBe("n".repeat(384));
    },
  );

  covers(`${prefix}ensure-authorization-request-with-long-state`, "RFC 6749 §4.1.1", async () => {
    const state = "s".repeat(384);
    expect((await client.authorize({ fields: { state } })).get("state")).toBe(state);
  });

  covers(`${prefix}ensure-other-scope-order-succeeds`, "OIDC Core §3.1.2.1", async () => {
    const sent = await client.authorize({ fields: { scope: "email openid" } });
    expect((await client.redeem(sent.get("code"))).status).toBe(200);
  });

  covers(`${prefix}test-claims-parameter-identity-claims`, "OIDC Core §5.5", async () => {
    const claims = JSON.stringify({ id_token: { email: { essential: true } } });
    const sent = await client.authorize({ fields: { claims } });
    const { body } = await client.redeem(sent.get("code"));
    expect((await verifiedJwt(provider.issuer, body["id_token"])).claims["email"]).toBe(email);
  });

  covers(`${prefix}access-token-type-header-case-sensitivity`, "RFC 9110 §11.1", async () => {
    const token = (await tokens())["access_token"];
    for (const scheme of ["dpop", "DPOP", "DPoP"]) {
      const info = await client.userinfo(token, resourceProof(token), scheme);
      expect([scheme, info.status]).toEqual([scheme, 200]);
    }
  });

  covers(`${prefix}check-dpop-proof-nbf-exp`, "RFC 9449 §4.3", async () => {
    const now = epochSeconds();
    const claims = { nbf: now, exp: now + 60 };
    const dpop = proof(bound, at("/token"), { claims });
    expect((await client.redeem(await code(), { dpop })).status).toBe(200);
  });

  covers(
    `${prefix}ensure-dpopproof-with-iat-10seconds-before-succeeds`,
    "FAPI 2.0 §5.3.2.1",
    async () => {
      const dpop = proof(bound, at("/token"), { claims: { iat: epochSeconds() - 10 } });
      expect((await client.redeem(await code(), { dpop })).status).toBe(200);
    },
  );

  covers(
    `${prefix}ensure-dpopproof-with-iat-10seconds-after-succeeds`,
    "FAPI 2.0 §5.3.2.1",
    async () => {
      const dpop = proof(bound, at("/token"), { claims: { iat: epochSeconds() + 10 } });
      expect((await client.redeem(await code(), { dpop })).status).toBe(200);
    },
  );

  covers(`${prefix}ensure-mismatched-dpop-jkt-fails`, "RFC 9449 §10.1", async () => {
    const fields = { dpop_jkt: thumbprint(newBoundKey()) };
    const pushed = await client.push({ fields, dpop: proof(bound, at("/request")) });
    expect(pushed.status).toBe(400);
    expect(pushed.body).not.toHaveProperty("request_uri");
  });

  covers(
    `${prefix}ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt`,
    "RFC 9449 §10.1",
    async () => {
      const sent = await client.authorize({ dpop: proof(newBoundKey(), at("/request")) });
      isRefused(await client.redeem(sent.get("code")), "invalid_grant");
    },
  );

  covers(
    `${prefix}ensure-token-endpoint-fails-with-mismatched-dpop-jkt`,
    "RFC 9449 §10",
    async () => {
      const sent = await client.authorize({ fields: { dpop_jkt: thumbprint(newBoundKey()) } });
      isRefused(await client.redeem(sent.get("code")), "invalid_grant");
    },
  );

  covers(
    `${prefix}ensure-dpopproof-at-par-endpoint-binding-success`,
    "RFC 9449 §10.1",
    async () => {
      const sent = await client.authorize({ dpop: proof(bound, at("/request")) });
      expect((await client.redeem(sent.get("code"))).status).toBe(200);
    },
  );

  covers(`${prefix}ensure-dpop-auth-code-binding-success`, "RFC 9449 §10", async () => {
    const sent = await client.authorize({ fields: { dpop_jkt: thumbprint(bound) } });
    expect((await client.redeem(sent.get("code"))).status).toBe(200);
  });

  /** What comes back when the address says something else beside what was pushed. */
  async function opened(outside: Record<string, string>, fields = {}) {
    const { body } = await client.push({ fields });
    const browser = client.browser();
    await browser.open(client.authorizationUrl(body["request_uri"], outside));
    return client.signIn(browser);
  }

  covers(
    `${prefix}ensure-different-nonce-inside-and-outside-request-object`,
    "RFC 9126 §4: only what was pushed counts",
    async () => {
      const sent = await opened({ nonce: "outside" });
      const { body } = await client.redeem(sent.get("code"));
      const { claims } = await verifiedJwt(provider.issuer, body["id_token"]);
      expect(claims["nonce"]).toBe("nonce-of-the-client");
    },
  );

  covers(
    `${prefix}ensure-different-state-inside-and-outside-request-object`,
    "RFC 9126 §4: only what was pushed counts",
    async () => {
      expect((await opened({ state: "outside" })).get("state")).toBe("state-of-the-client");
    },
  );

  covers(
    `${prefix}state-only-outside-request-object-not-used`,
    "RFC 9126 §4: only what was pushed counts",
    async () => {
      const sent = await opened({ state: "outside" }, { state: undefined });
      expect([sent.has("code"), sent.get("state")]).toEqual([true, null]);
    },
  );

  /** A push that is refused with an error, and gives no request_uri. */
  const pushIsRefused = async (fields: Record<string, string | undefined>, ...errors: string[]) => {
    const { status, body } = await client.push({ fields });
    expect(errors).toContain(body["error"]);
    expect(status).toBe(400);
    expect(body).not.toHaveProperty("request_uri");
  };

  covers(`${prefix}ensure-request-object-without-redirect-uri-fails`, "FAPI 2.0 §5.3.2.2", () =>
    pushIsRefused({ redirect_uri: undefined }, "invalid_request"),
  );

  covers(`${prefix}ensure-redirect-uri-in-authorization-request`, "FAPI 2.0 §5.3.2.2", () =>
    pushIsRefused({ redirect_uri: "" }, "invalid_request"),
  );

  it("refuses a redirect URI that is not registered (OIDC Core §3.1.2.1)", () =>
    pushIsRefused(
      { redirect_uri: `${client.redirectUri}/other` },
      "invalid_redirect_uri",
      "invalid_request",
    ));

  covers(
    `${prefix}plain-fapi-tolerate-unregistered-redirect-uri`,
    "RFC 9126 §2.4: may be tolerated; ours are exact",
    () =>
      pushIsRefused(
        { redirect_uri: "https://unregistered.example/callback" },
        "invalid_redirect_uri",
        "invalid_request",
      ),
  );

  covers(
    `${prefix}ensure-unsigned-authorization-request-without-using-par-fails`,
    "FAPI 2.0 §5.3.2.2",
    async () => {
      const query = new URLSearchParams({
        client_id: "client",
        response_type: "code",
        scope: "openid",
        redirect_uri: client.redirectUri,
        code_challenge: createHash("sha256").update("x").digest("base64url"),
        code_challenge_method: "S256",
      });
      const page = await client.browser().open(`${provider.issuer}/auth?${query.toString()}`);
      expect(new URL(page.location ?? "").searchParams.get("error")).toBe("invalid_request");
    },
  );

  covers(`${prefix}ensure-response-type-code-idtoken-fails`, "FAPI 2.0 §5.3.2.2", () =>
    pushIsRefused({ response_type: "code id_token" }, "unsupported_response_type"),
  );

  covers(`${prefix}ensure-response-type-token-fails`, "FAPI 2.0 §5.3.2.2", () =>
    pushIsRefused({ response_type: "token" }, "unsupported_response_type"),
  );

  covers(`${prefix}ensure-client-id-in-token-endpoint`, "RFC 7521 §4.2", async () => {
    isRefused(
      await client.redeem(await code(), { fields: { client_id: "client2" } }),
      "invalid_request",
    );
    isRefused(
      await client.redeem(await code(), { fields: { client_id: "nobody" } }),
      "invalid_request",
    );
  });

  covers(`${prefix}ensure-holder-of-key-required`, "FAPI 2.0 §5.3.2.1", async () => {
    isRefused(await client.redeem(await code(), { dpop: false }), "invalid_grant");
  });

  covers(`${prefix}ensure-authorization-code-is-bound-to-client`, "RFC 6749 §5.2", async () => {
    const fields = { redirect_uri: client.redirectUri };
    isRefused(await second.redeem(await code(), { fields }), "invalid_grant");
  });

  covers(
    `${prefix}attempt-reuse-authorization-code-after-one-second`,
    "RFC 6749 §4.1.2",
    async () => {
      const once = await code();
      const { body } = await client.redeem(once);
      fakeDate(Date.now() + 1_000);
      isRefused(await client.redeem(once), "invalid_grant");
      const token = body["access_token"];
      expect((await client.userinfo(token, resourceProof(token))).status).toBe(401);
    },
  );

  covers(
    `${prefix}ensure-token-endpoint-fails-with-expired-auth-code`,
    "FAPI 2.0 §5.3.2.1: at most 60 s",
    async () => {
      const late = await code();
      fakeDate(Date.now() + 67_000);
      isRefused(await client.redeem(late), "invalid_grant");
    },
  );

  /** An assertion that proves nobody, at both endpoints that clients prove themselves at. */
  const assertionIsRefused = async (assertion: () => string | false, ...errors: string[]) => {
    for (const answer of [
      await client.push({ assertion: assertion() }),
      await client.redeem(await code(), { assertion: assertion() }),
    ]) {
      expect(errors).toContain(answer.body["error"]);
      expect([400, 401]).toContain(answer.status);
    }
  };

  covers(`${prefix}ensure-signed-client-assertion-with-RS256-fails`, "FAPI 2.0 §5.4.1", () =>
    assertionIsRefused(() => client.assertion({}, { ...key, alg: "RS256" }), "invalid_client"),
  );

  covers(`${prefix}ensure-client-assertion-in-token-endpoint`, "FAPI 2.0 §5.3.2.1", () =>
    assertionIsRefused(() => false, "invalid_client", "invalid_request"),
  );

  covers(
    `${prefix}ensure-client-assertion-with-exp-is-5-minutes-in-past-fails`,
    "RFC 7523 §3",
    () =>
      assertionIsRefused(
        () => client.assertion({ iat: epochSeconds() - 360, exp: epochSeconds() - 300 }),
        "invalid_client",
      ),
  );

  covers(`${prefix}ensure-client-assertion-with-wrong-aud-fails`, "FAPI 2.0 §5.3.2.1", () =>
    assertionIsRefused(() => client.assertion({ aud: "https://elsewhere.test" }), "invalid_client"),
  );

  covers(`${prefix}ensure-client-assertion-with-no-sub-fails`, "RFC 7523 §3", () =>
    assertionIsRefused(
      () => client.assertion({ sub: undefined }),
      "invalid_client",
      "invalid_request",
    ),
  );

  /** `claims` of a pushed request's assertion, and whether it is taken; of the suite's modules at the PAR endpoint. */
  const assertions: readonly (readonly [
    module: `par-${string}`,
    section: string,
    claims: () => object,
    isTaken: boolean,
  ])[] = [
    [
      "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
      "FAPI 2.0 §5.3.2.1",
      () => ({ nbf: epochSeconds() + 8, iat: epochSeconds() + 8 }),
      true,
    ],
    [
      "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
      "FAPI 2.0 §5.3.2.1",
      () => ({ nbf: epochSeconds() + 65 }),
      false,
    ],
    [
      "par-test-array-as-audience-fails",
      "FAPI 2.0 §5.3.2.1",
      () => ({ aud: [provider.issuer] }),
      false,
    ],
    [
      "par-test-par-endpoint-url-as-audience-fails",
      "FAPI 2.0 §5.3.2.1",
      () => ({ aud: `${provider.issuer}/request` }),
      false,
    ],
    [
      "par-test-token-endpoint-url-as-audience-fails",
      "FAPI 2.0 §5.3.2.1",
      () => ({ aud: `${provider.issuer}/token` }),
      false,
    ],
  ];
  for (const [module, section, claims, isTaken] of assertions) {
    covers(
      `${prefix}${module}` as PlanModule<"fapi2-security-profile-final-test-plan">,
      section,
      async () => {
        const answer = await client.push({ assertion: client.assertion(claims()) });
        if (isTaken) expect(answer.status).toBe(201);
        else isRefused(answer, "invalid_client");
      },
    );
  }

  it("refuses client assertions that are wrong in one way (RFC 7523 §3)", async () => {
    const wrong: (() => string)[] = [
      () => client.assertion({ iss: "client2" }),
      () => client.assertion({ iss: undefined }),
      () => client.assertion({ jti: undefined }),
      () => client.assertion({ exp: undefined }),
      () => client.assertion({}, newKey("PS256")),
      () => client.assertion({ exp: epochSeconds() + 3_600 }),
      () => "not.a.jwt",
      () => `${client.assertion().split(".").slice(0, 2).join(".")}.`,
    ];
    for (const assertion of wrong) {
      await assertionIsRefused(assertion, "invalid_client", "invalid_request");
    }
  });

  covers(`${prefix}dpop-negative-tests`, "RFC 9449 §4.3 and §7", async () => {
    const token = (await tokens())["access_token"];
    const ath = tokenDigest(token);
    const me = at("/me", "GET");
    const privateJwk = bound.privateKey.export({ format: "jwk" });
    const used = resourceProof(token);
    expect((await client.userinfo(token, used)).status).toBe(200);
    const wrong: readonly (readonly [string, string])[] = [
      ["used before", used],
      ["for another method", proof(bound, { ...me, htm: "POST" }, { claims: { ath } })],
      ["for another address", proof(bound, at("/token", "GET"), { claims: { ath } })],
      ["without the token's digest", proof(bound, me)],
      ["with another token's digest", proof(bound, me, { claims: { ath: tokenDigest("x") } })],
      ["by another key", resourceProof(token, {}, newBoundKey())],
      ["of another type", proof(bound, me, { claims: { ath }, header: { typ: "JWT" } })],
      ["without a key", proof(bound, me, { claims: { ath }, header: { jwk: undefined } })],
      ["with its private key", proof(bound, me, { claims: { ath }, header: { jwk: privateJwk } })],
      ["without jti", resourceProof(token, { jti: undefined })],
      ["without iat", resourceProof(token, { iat: undefined })],
      ["an hour old", resourceProof(token, { iat: epochSeconds() - 3_600 })],
      ["an hour ahead", resourceProof(token, { iat: epochSeconds() + 3_600 })],
      ["that is no JWT", "x.y.z"],
      ["signed by nobody", `${resourceProof(token).split(".").slice(0, 2).join(".")}.`],
    ];
    for (const [how, dpop] of wrong) {
      const { status } = await client.userinfo(token, dpop);
      expect({ how, refused: status === 400 || status === 401 }).toEqual({ how, refused: true });
    }
    const bearer = await fetch(`${provider.issuer}/me`, {
      headers: { authorization: `Bearer ${String(token)}` },
    });
    expect(bearer.status).toBe(401);
  });

  covers(`${prefix}refresh-token`, "FAPI 2.0 §5.3.2.1", async () => {
    const { refresh_token: refreshToken } = await tokens();
    const first = await client.refresh(refreshToken);
    expect(first).toMatchObject({ status: 200, body: { token_type: "DPoP" } });
    // It is not rotated: FAPI 2.0 §5.3.2.1 allows that for extraordinary reasons alone.
    expect((await client.refresh(refreshToken)).status).toBe(200);
    isRefused(await second.refresh(refreshToken), "invalid_grant");
    expect(
      (await client.refresh(refreshToken, { assertion: false })).status,
    ).toBeGreaterThanOrEqual(400);
  });

  covers(
    `${prefix}par-ensure-reused-request-uri-prior-to-auth-completion-succeeds`,
    "FAPI 2.0 §5.3.2.2",
    async () => {
      const { body } = await client.push();
      const url = client.authorizationUrl(body["request_uri"]);
      const browser = client.browser();
      expect((await browser.open(url)).h1).toBe("Connexion");
      expect((await browser.open(url)).h1).toBe("Connexion");
      expect((await client.signIn(browser)).has("code")).toBe(true);
    },
  );

  /** A request_uri that is good no more, or not here: no code, and no sign-in page. */
  async function requestUriIsRefused(url: string) {
    const page = await client.browser().open(url);
    const error = page.location
      ? new URL(page.location).searchParams.get("error")
      : /invalid_request\w*/.exec(page.text)?.[0];
    expect(error).toMatch(/^invalid_request/);
    expect(page.find("input[name=password]")).toBeUndefined();
  }

  covers(`${prefix}par-attempt-reuse-request_uri`, "FAPI 2.0 §5.3.2.2", async () => {
    const { body } = await client.push();
    const url = client.authorizationUrl(body["request_uri"]);
    const browser = client.browser();
    await browser.open(url);
    expect((await client.signIn(browser)).has("code")).toBe(true);
    await requestUriIsRefused(url);
  });

  covers(`${prefix}par-attempt-to-use-expired-request_uri`, "RFC 9126 §2.2", async () => {
    const { body } = await client.push();
    expect(body["expires_in"]).toBe(60);
    fakeDate(Date.now() + 67_000);
    await requestUriIsRefused(client.authorizationUrl(body["request_uri"]));
  });

  covers(
    `${prefix}par-attempt-to-use-request_uri-for-different-client`,
    "RFC 9126 §2.2",
    async () => {
      const { body } = await client.push();
      await requestUriIsRefused(second.authorizationUrl(body["request_uri"]));
    },
  );

  covers(
    `${prefix}par-authorization-request-containing-request_uri-form-param`,
    "RFC 9126 §2.1",
    async () => {
      const { body } = await client.push();
      const fields = { request_uri: String(body["request_uri"]) };
      const again = await client.push({ fields });
      isRefused(again, "request_uri_not_supported");
    },
  );

  covers(`${prefix}par-attempt-invalid-http-method`, "RFC 9126 §2.3", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const { status } = await fetch(`${provider.issuer}/request`, { method });
      expect({ method, refused: status === 404 || status === 405 }).toEqual({
        method,
        refused: true,
      });
    }
  });

  covers(`${prefix}par-ensure-pkce-required`, "FAPI 2.0 §5.3.2.2", () =>
    pushIsRefused(
      { code_challenge: undefined, code_challenge_method: undefined },
      "invalid_request",
    ),
  );

  covers(`${prefix}ensure-pkce-code-verifier-required`, "RFC 7636 §4.5", async () => {
    isRefused(
      await client.redeem(await code(), { fields: { code_verifier: undefined } }),
      "invalid_grant",
    );
  });

  covers(`${prefix}incorrect-pkce-code-verifier-rejected`, "RFC 7636 §4.6", async () => {
    isRefused(
      await client.redeem(await code(), { fields: { code_verifier: "w".repeat(64) } }),
      "invalid_grant",
    );
  });

  covers(`${prefix}par-plain-pkce-rejected`, "FAPI 2.0 §5.3.2.2", () =>
    pushIsRefused(
      { code_challenge: "p".repeat(64), code_challenge_method: "plain" },
      "invalid_request",
    ),
  );

  covers(`${prefix}par-without-duplicate-parameters`, "RFC 9126 §4", async () => {
    const { body } = await client.push();
    const url = client.authorizationUrl(body["request_uri"]);
    expect([...new URL(url).searchParams.keys()].sort()).toEqual(["client_id", "request_uri"]);
    const browser = client.browser();
    await browser.open(url);
    expect((await client.signIn(browser)).has("code")).toBe(true);
  });

  isCovered();
});
