import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { conformancePlan } from "./plans.ts";

describe.each(databases)("OpenID Foundation conformance, Config OP on $name", (kind) => {
  const plan = conformancePlan("oidcc-config-certification-test-plan");
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { environment: { TRUSTED_PROXIES: "1" } });
  });
  afterAll(async () => {
    await provider.stop();
  });

  plan.covers("oidcc-discovery-endpoint-verification", "OIDC Discovery §3 and §4", async () => {
    const answer = await fetch(`${provider.issuer}/.well-known/openid-configuration`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    const document = (await answer.json()) as Record<string, unknown>;
    const list = (name: string) => document[name] as string[];
    expect(document["issuer"]).toBe(provider.issuer);
    for (const name of [
      "authorization_endpoint",
      "token_endpoint",
      "userinfo_endpoint",
      "jwks_uri",
    ]) {
      expect([name, String(document[name]).startsWith(`${provider.issuer}/`)]).toEqual([
        name,
        true,
      ]);
    }
    expect(list("response_types_supported")).toEqual(["code"]);
    expect(list("subject_types_supported")).toContain("public");
    expect(list("id_token_signing_alg_values_supported")).toContain("RS256");
    expect(list("request_object_signing_alg_values_supported")).toContain("RS256");
    expect(list("scopes_supported")).toContain("openid");
    expect(
      list("scopes_supported").every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)),
    ).toBe(true);
    expect(list("claims_supported")).toContain("sub");
    expect(list("code_challenge_methods_supported")).toEqual(["S256"]);
    expect(list("token_endpoint_auth_methods_supported")).toEqual(
      expect.arrayContaining(["client_secret_basic", "client_secret_post"]),
    );
    expect(list("grant_types_supported").length).toBeGreaterThan(0);
    expect(list("ui_locales_supported")).toEqual(["fr", "en"]);
    expect(document["claims_parameter_supported"]).toBe(true);
    expect(document["request_parameter_supported"]).toBe(true);
    expect(document["request_uri_parameter_supported"]).toBe(false);
    expect(document).not.toHaveProperty("registration_endpoint");
    const jwks = await fetch(String(document["jwks_uri"]));
    const { keys } = (await jwks.json()) as { keys: Record<string, unknown>[] };
    for (const key of keys) {
      for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"])
        expect(key).not.toHaveProperty(secret);
    }
    expect(keys.map(({ alg }) => alg)).toContain("RS256");
  });

  plan.isCovered();
});
