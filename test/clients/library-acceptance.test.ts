import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type Adapter, Provider } from "oidc-provider";
import { type ClientMetadata, ourMetadataNames } from "../../src/clients/index.ts";
import { scopeNames } from "../../src/clients/metadata-names.ts";
import { validateClient } from "../../src/clients/client-metadata.ts";
import { confidential, open, production, publicKey, secret } from "./fixtures.ts";

const signatures = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"] as const;
const signingKeys = [
  generateKeyPairSync("rsa", { modulusLength: 2048 }),
  generateKeyPairSync("ec", { namedCurve: "P-256" }),
  generateKeyPairSync("ed25519"),
].map(({ privateKey }) => privateKey.export({ format: "jwk" }));

/** No artifact is ever asked for here. */
const emptyAdapter = (): Adapter => ({
  upsert: () => Promise.resolve(),
  find: () => Promise.resolve(undefined),
  findByUid: () => Promise.resolve(undefined),
  findByUserCode: () => Promise.resolve(undefined),
  consume: () => Promise.resolve(),
  destroy: () => Promise.resolve(),
  revokeByGrantId: () => Promise.resolve(),
});

/** The library with all that a client's metadata may ask of it. */
function libraryWith(clients: readonly ClientMetadata[]): Provider {
  return new Provider("https://auth.example", {
    adapter: emptyAdapter,
    clients: [...clients],
    jwks: { keys: signingKeys },
    cookies: { keys: ["a key for tests only"] },
    scopes: [...scopeNames],
    responseTypes: ["code"],
    subjectTypes: ["public", "pairwise"],
    pairwiseIdentifier: (_ctx, sub) => sub,
    findAccount: () => undefined,
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
    enabledJWA: {
      idTokenSigningAlgValues: [...signatures],
      clientAuthSigningAlgValues: [...signatures],
    },
    extraClientMetadata: { properties: [...ourMetadataNames] },
    ttl: { Session: 1, Interaction: 1, Grant: 1, AccessToken: 1, IdToken: 1, RefreshToken: 1 },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: () => undefined },
    },
  });
}

/** One client that gives every metadata there is, but for those that exclude each other. */
const complete = {
  ...confidential,
  client_name: "Portail OF",
  application_type: "web",
  post_logout_redirect_uris: ["https://of.example/"],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  response_modes: ["query", "fragment", "form_post"],
  scope: scopeNames.join(" "),
  subject_type: "public",
  token_endpoint_auth_method: "client_secret_post",
  id_token_signed_response_alg: "EdDSA",
  jwks: { keys: [publicKey] },
  default_max_age: 0,
  require_auth_time: true,
  client_uri: "https://of.example/#/",
  initiate_login_uri: "https://of.example/login",
  logo_uri: "https://of.example/logo.svg",
  policy_uri: "https://of.example/policy",
  tos_uri: "https://of.example/tos",
  contacts: ["equipe@of.example"],
  backchannel_logout_uri: "https://of.example/logout",
  backchannel_logout_session_required: true,
  establishment_required: true,
  first_party: false,
  id_token_claims: true,
  require_pkce: false,
  service_name: "Portail OF",
  space_name: "OF",
};

const withKeys = {
  ...open,
  token_endpoint_auth_method: "private_key_jwt",
  token_endpoint_auth_signing_alg: "ES256",
  jwks_uri: "https://of.example/jwks",
};

describe("what this validation accepts, oidc-provider", () => {
  it.each([
    ["complete", complete],
    ["with keys", withKeys],
    ["public", open],
    ["native", { ...open, application_type: "native", redirect_uris: ["fr.example.app:/cb"] }],
    [
      "resource server",
      { client_id: "rs", client_secret: secret, grant_types: [], response_types: [] },
    ],
    ["pairwise", { ...confidential, subject_type: "pairwise" }],
  ])("serves with every metadata as it was given: %s", async (_what, metadata) => {
    const { client, problems } = validateClient(metadata, production);
    expect(problems).toEqual([]);
    if (!client) throw new Error("a client without a problem is there");
    const served = await libraryWith([client]).Client.find(client.client_id);
    expect(served?.metadata()).toMatchObject(client);
  });

  it("serves as well in every combination of plausible values", async () => {
    const addresses = ["https://of.example/cb", "http://localhost/cb", "https://b.example/cb"];
    const list = (...items: string[]) => fc.subarray(items);
    const values = fc.record(
      {
        client_secret: fc.constantFrom(secret, "short"),
        application_type: fc.constantFrom("web", "native"),
        redirect_uris: list(...addresses, "fr.example.app:/cb", "http://of.example/cb"),
        post_logout_redirect_uris: list(...addresses, "data:,"),
        grant_types: list("authorization_code", "refresh_token", "implicit"),
        response_types: list("code", "id_token"),
        response_modes: list("query", "form_post"),
        scope: fc.constantFrom("openid", "openid siret", "siren", ""),
        subject_type: fc.constantFrom("public", "pairwise"),
        token_endpoint_auth_method: fc.constantFrom(
          "client_secret_post",
          "private_key_jwt",
          "none",
        ),
        token_endpoint_auth_signing_alg: fc.constantFrom("RS256", "HS256"),
        id_token_signed_response_alg: fc.constantFrom(...signatures, "none"),
        jwks: fc.constantFrom({ keys: [publicKey] }, { keys: [] }),
        jwks_uri: fc.constant("https://of.example/jwks"),
        default_max_age: fc.constantFrom(0, 600, -1),
        contacts: list("a@b.fr", "Ａ@b.fr", " a@b.fr"),
        client_uri: fc.constantFrom(...addresses, "urn:x"),
        initiate_login_uri: fc.constantFrom(...addresses),
        backchannel_logout_uri: fc.constantFrom(...addresses),
        require_pkce: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const bases = [confidential, open, withKeys];
    const combinations = fc.tuple(fc.constantFrom(...bases), values, fc.infiniteStream(fc.nat(5)));
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(combinations, async ([base, overrides, dice]) => {
        // One field in six is other than in a valid client: most combinations are near the edge of what is accepted.
        const changed = Object.entries(overrides).filter(() => dice.next().value === 0);
        const metadata = { ...base, ...Object.fromEntries(changed), client_id: "of" };
        const { client } = validateClient(metadata, production);
        if (!client) return;
        accepted += 1;
        const served = await libraryWith([client]).Client.find("of");
        expect(served?.metadata()).toMatchObject(client);
      }),
      { numRuns: 800 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
