import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type TestKey, newKey, signedJwt } from "../support/signed-jwt.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import {
  type FapiClient,
  epochSeconds,
  fapiClient,
  newBoundKey,
  requestOf,
} from "./fapi-client.ts";
import { type PlanModule, conformancePlan } from "./plans.ts";

const plan = "fapi2-message-signing-final-test-plan";
const prefix = "fapi2-security-profile-final-";

/** How one request object differs from a good one, and what its push is answered by; undefined when it is taken. */
type Case = readonly [
  module: string,
  section: string,
  object: { readonly claims?: () => object; readonly by?: TestKey; readonly text?: string },
  error?: string,
];

describe.each(databases)(
  "OpenID Foundation conformance, FAPI 2.0 Message Signing on $name",
  (kind) => {
    const { covers, isCovered } = conformancePlan(plan);
    let provider: TestProvider;
    let client: FapiClient;
    const key = newKey("PS256");

    beforeAll(async () => {
      const jwk = key.publicKey.export({ format: "jwk" });
      provider = await startTestProvider(kind, {
        clients: {
          client: {
            ...{ profile: "fapi2", client_secret: undefined, require_signed_request_object: true },
            jwks: { keys: [{ ...jwk, kid: "one", alg: "PS256", use: "sig" }] },
          },
        },
      });
      const email = "conformance@partenaire.test";
      await provider.addAccount(email);
      client = fapiClient(provider, { clientId: "client", email, key, bound: newBoundKey() });
    });
    afterAll(async () => {
      await provider.stop();
    });

    const signed = (claims: object = {}, by: TestKey = key) => {
      const now = epochSeconds();
      const usual = { iss: "client", aud: provider.issuer, nbf: now, exp: now + 300 };
      const object = { ...requestOf("client", client.redirectUri), ...usual, ...claims };
      return signedJwt(by, { typ: "oauth-authz-req+jwt" }, object);
    };
    /** Pushes a request object and nothing beside it. */
    const push = (request: string | undefined) => {
      const left = Object.keys(requestOf("client", client.redirectUri));
      const fields = Object.fromEntries(left.map((name) => [name, undefined]));
      return client.push({ fields: { ...fields, client_id: "client", request } });
    };

    const cases: readonly Case[] = [
      [
        "ensure-request-object-with-multiple-aud-succeeds",
        "FAPI 2.0 Message Signing §5.3.1",
        { claims: () => ({ aud: [provider.issuer, "https://elsewhere.test"] }) },
      ],
      [
        "ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted",
        "FAPI 2.0 Message Signing §5.3.1",
        { claims: () => ({ nbf: epochSeconds() + 8 }) },
      ],
      [
        "ensure-request-object-without-exp-fails",
        "FAPI 2.0 Message Signing §5.3.1",
        { claims: () => ({ exp: undefined }) },
        "invalid_request_object",
      ],
      [
        "ensure-request-object-without-nbf-fails",
        "FAPI 2.0 Message Signing §5.3.1",
        { claims: () => ({ nbf: undefined }) },
        "invalid_request_object",
      ],
      [
        "ensure-expired-request-object-fails",
        "RFC 9101 §6.3",
        { claims: () => ({ nbf: epochSeconds() - 600, exp: epochSeconds() - 300 }) },
        "invalid_request_object",
      ],
      [
        "ensure-request-object-with-bad-aud-fails",
        "FAPI 2.0 Message Signing §5.3.1",
        { claims: () => ({ aud: "https://elsewhere.test" }) },
        "invalid_request_object",
      ],
      [
        "ensure-request-object-with-exp-over-60-fails",
        "FAPI 2.0 Message Signing §5.3.1",
        { claims: () => ({ exp: epochSeconds() + 4200 }) },
        "invalid_request_object",
      ],
      [
        "ensure-request-object-with-nbf-over-60-fails",
        "FAPI 2.0 Message Signing §5.3.1",
        { claims: () => ({ nbf: epochSeconds() - 4200 }) },
        "invalid_request_object",
      ],
      [
        "ensure-signed-request-object-with-RS256-fails",
        "FAPI 2.0 §5.4.1",
        { by: { ...key, alg: "RS256" } },
        "invalid_request_object",
      ],
      [
        "ensure-request-object-signature-algorithm-is-not-none",
        "FAPI 2.0 §5.4.1",
        { text: "eyJhbGciOiJub25lIn0.e30." },
        "invalid_request_object",
      ],
      [
        "ensure-request-object-with-invalid-signature-fails",
        "RFC 9101 §6.2",
        { text: "tampered" },
        "invalid_request_object",
      ],
      [
        "ensure-matching-key-in-authorization-request",
        "RFC 9101 §6.2",
        { by: newKey("PS256") },
        "invalid_request_object",
      ],
    ];
    for (const [module, section, { claims = () => ({}), by = key, text }, error] of cases) {
      covers(`${prefix}${module}` as PlanModule<typeof plan>, section, async () => {
        const good = signed(claims(), by);
        const tampered = good.replace(
          /\.[^.]*$/,
          (part) => `.${part.slice(1).split("").reverse().join("")}`,
        );
        const { status, body } = await push(text === "tampered" ? tampered : (text ?? good));
        expect([status, body["error"]]).toEqual(
          error === undefined ? [201, undefined] : [400, error],
        );
      });
    }

    covers(`${prefix}ensure-unsigned-request-at-par-endpoint-fails`, "RFC 9101 §10.5", async () => {
      const { status, body } = await client.push();
      expect([status, body["error"]]).toEqual([400, "invalid_request"]);
    });

    covers(
      `${prefix}par-authorization-request-containing-request_uri`,
      "RFC 9126 §2.1",
      async () => {
        const { body: before } = await push(signed());
        const { status, body } = await push(signed({ request_uri: before["request_uri"] }));
        expect([status, String(body["error"])]).toEqual([
          400,
          expect.stringMatching(/^invalid_request/),
        ]);
      },
    );

    isCovered();
  },
);
