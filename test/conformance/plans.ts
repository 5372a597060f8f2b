import { expect, it } from "@jest/globals";

/**
 * The test plans of the OpenID Foundation's conformance suite that concern this provider, module by module, by
 * the suite's own names (release 5.2.4 of August 2026). Each is covered by a test of the same name in the files beside this one, or
 * stands in {@link elsewhere}, with the test that shows what it asks, or the reason why there is none.
 * @see https://gitlab.com/openid/conformance-suite
 */
export const plans = {
  "oidcc-basic-certification-test-plan": [
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-userinfo-get",
    "oidcc-userinfo-post-header",
    "oidcc-userinfo-post-body",
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-alternate-happy-flow",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
  ],
  "oidcc-config-certification-test-plan": ["oidcc-discovery-endpoint-verification"],
  "oidcc-rp-initiated-logout-certification-test-plan": [
    "oidcc-rp-initiated-logout-discovery-endpoint-verification",
    "oidcc-rp-initiated-logout",
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-modified-id-token-hint",
    "oidcc-rp-initiated-logout-no-id-token-hint",
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-no-state",
    "oidcc-rp-initiated-logout-only-state",
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-bad-id-token-hint",
  ],
  "oidcc-backchannel-rp-initiated-logout-certification-test-plan": [
    "oidcc-backchannel-logout-discovery-endpoint-verification",
    "oidcc-backchannel-rp-initiated-logout",
  ],
  // By the variants private_key_jwt, dpop, plain_fapi, openid_connect, simple, grant management disabled: without the
  // modules of signed requests (Message Signing), of grant management, and of the Australian, Brazilian and Saudi ecosystems.
  "fapi2-security-profile-final-test-plan": [
    "fapi2-security-profile-final-discovery-end-point-verification",
    "fapi2-security-profile-final-happy-flow",
    "fapi2-security-profile-final-user-rejects-authentication",
    "fapi2-security-profile-final-ensure-authorization-request-without-state-success",
    "fapi2-security-profile-final-ensure-authorization-request-without-nonce-success",
    "fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success",
    "fapi2-security-profile-final-ensure-other-scope-order-succeeds",
    "fapi2-security-profile-final-test-claims-parameter-identity-claims",
    "fapi2-security-profile-final-access-token-type-header-case-sensitivity",
    "fapi2-security-profile-final-check-dpop-proof-nbf-exp",
    "fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds",
    "fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds",
    "fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails",
    "fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
    "fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
    "fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success",
    "fapi2-security-profile-final-ensure-dpop-auth-code-binding-success",
    "fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object",
    "fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object",
    "fapi2-security-profile-final-ensure-authorization-request-with-long-nonce",
    "fapi2-security-profile-final-ensure-authorization-request-with-long-state",
    "fapi2-security-profile-final-state-only-outside-request-object-not-used",
    "fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails",
    "fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri",
    "fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails",
    "fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request",
    "fapi2-security-profile-final-ensure-response-type-code-idtoken-fails",
    "fapi2-security-profile-final-ensure-response-type-token-fails",
    "fapi2-security-profile-final-ensure-client-id-in-token-endpoint",
    "fapi2-security-profile-final-ensure-holder-of-key-required",
    "fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client",
    "fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second",
    "fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code",
    "fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails",
    "fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint",
    "fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
    "fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails",
    "fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails",
    "fapi2-security-profile-final-dpop-negative-tests",
    "fapi2-security-profile-final-refresh-token",
    "fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
    "fapi2-security-profile-final-par-attempt-reuse-request_uri",
    "fapi2-security-profile-final-par-attempt-to-use-expired-request_uri",
    "fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
    "fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
    "fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client",
    "fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param",
    "fapi2-security-profile-final-par-attempt-invalid-http-method",
    "fapi2-security-profile-final-par-ensure-pkce-required",
    "fapi2-security-profile-final-ensure-pkce-code-verifier-required",
    "fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected",
    "fapi2-security-profile-final-par-plain-pkce-rejected",
    "fapi2-security-profile-final-par-without-duplicate-parameters",
    "fapi2-security-profile-final-par-test-array-as-audience-fails",
    "fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails",
    "fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails",
  ],
  // With signed requests and plain responses. Its other modules are those of the Security Profile above, by the same names.
  "fapi2-message-signing-final-test-plan": [
    "fapi2-security-profile-final-ensure-request-object-with-multiple-aud-succeeds",
    "fapi2-security-profile-final-ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted",
    "fapi2-security-profile-final-ensure-request-object-without-exp-fails",
    "fapi2-security-profile-final-ensure-request-object-without-nbf-fails",
    "fapi2-security-profile-final-ensure-expired-request-object-fails",
    "fapi2-security-profile-final-ensure-request-object-with-bad-aud-fails",
    "fapi2-security-profile-final-ensure-request-object-with-exp-over-60-fails",
    "fapi2-security-profile-final-ensure-request-object-with-nbf-over-60-fails",
    "fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails",
    "fapi2-security-profile-final-ensure-request-object-signature-algorithm-is-not-none",
    "fapi2-security-profile-final-ensure-request-object-with-invalid-signature-fails",
    "fapi2-security-profile-final-ensure-matching-key-in-authorization-request",
    "fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails",
    "fapi2-security-profile-final-par-authorization-request-containing-request_uri",
  ],
} as const;

/** What covers a module that no test here is named after: a test of another file, or why there is none. */
type Cover = readonly [file: string, test: string] | { readonly because: string };

const registry = "test/journeys/client-registry.test.ts";
const remote = "test/clients/remote-metadata.test.ts";
const basic = "test/conformance/basic-op.test.ts";
const named: Cover = [registry, "what a client names is on the page of consent"];
const noRequestUri: Cover = {
  because:
    "request_uri by value is answered request_uri_not_supported: the address of a stranger is never called; PAR takes its place",
};

/** Plans that are not run as such, module by module. */
export const elsewhere: Readonly<Record<string, Readonly<Record<string, Cover>>>> = {
  "oidcc-3rdparty-init-login-certification-test-plan": {
    "oidcc-3rd_party-init-login": [
      "test/clients/start-again.test.ts",
      "is the client's initiate_login_uri",
    ],
    "oidcc-3rd_party-init-login-nohttps": [
      "test/clients/client-addresses.test.ts",
      "initiate_login_uri",
    ],
  },
  // The suite registers without leave, and asks for metadata by which a stranger would get more than ours give: registration is by
  // invitation here (decision 138 and docs/clients.md), so most of its modules end at their first step. What each asks is tested.
  "oidcc-dynamic-certification-test-plan": {
    "oidcc-idtoken-rs256": [basic, "oidcc-server"],
    "oidcc-idtoken-unsigned": [basic, "refuses unsigned ID tokens at registration"],
    "oidcc-userinfo-rs256": [
      "test/journeys/protocol-sections.test.ts",
      "userinfo_signed_response_alg",
    ],
    "oidcc-ensure-redirect-uri-in-authorization-request": [
      "test/conformance/fapi2-security-profile.test.ts",
      "ensure-redirect-uri-in-authorization-request",
    ],
    "oidcc-redirect-uri-query-OK": [
      "test/journeys/redirect-mutations.test.ts",
      "is taken as it was registered",
    ],
    "oidcc-redirect-uri-query-mismatch": ["test/journeys/redirect-mutations.test.ts", "refuses %s"],
    "oidcc-redirect-uri-query-added": ["test/journeys/redirect-mutations.test.ts", "refuses %s"],
    "oidcc-redirect-uri-regfrag": ["test/clients/client-addresses.test.ts", "fragment"],
    "oidcc-discovery-endpoint-verification": [
      "test/conformance/config-op.test.ts",
      "oidcc-discovery-endpoint-verification",
    ],
    "oidcc-server": [basic, "oidcc-server"],
    "oidcc-registration-logo-uri": named,
    "oidcc-registration-policy-uri": named,
    "oidcc-registration-tos-uri": named,
    "oidcc-registration-jwks-uri": [registry, "signs people in with keys fetched from a jwks_uri"],
    "oidcc-registration-sector-uri": [remote, "a list of all its redirect URIs, and others"],
    "oidcc-registration-sector-bad": [remote, "a list without one"],
    "oidcc-server-rotate-keys": [
      "test/provider/key-rotation.test.ts",
      "signs with the new key within seconds",
    ],
    "oidcc-refresh-token-rp-key-rotation": {
      because:
        "keys fetched from a jwks_uri are kept for a minute at least: a new key is announced that long before it signs (docs/integrators.md)",
    },
    "oidcc-request-uri-unsigned": noRequestUri,
    "oidcc-request-uri-signed-rs256": noRequestUri,
    "oidcc-ensure-request-object-with-redirect-uri": [
      basic,
      "oidcc-ensure-request-object-with-redirect-uri",
    ],
    "oidcc-refresh-token": [basic, "oidcc-refresh-token"],
    "oidcc-ensure-client-assertion-with-iss-aud-succeeds": [
      "test/provider/jwt-bounds.test.ts",
      "the issuer",
    ],
  },
};
/** A plan that is listed. The Form Post OP plan has the modules of Basic OP, with `response_mode=form_post`. */
export type PlanName = keyof typeof plans;

/** A module of a plan. */
export type PlanModule<Name extends PlanName> = (typeof plans)[Name][number];

/** The tests of one plan, each by the name of its module. */
export interface Plan<Module extends string> {
  /** A test that covers this module, named by its section of the specification. */
  readonly covers: (module: Module, section: string, work: () => Promise<void>) => void;
  /** The last test: that no module was left out. */
  readonly isCovered: () => void;
}

/** Opens a plan; every module must be covered once. */
export function conformancePlan<Name extends PlanName>(name: Name): Plan<PlanModule<Name>> {
  const open = new Set<string>(plans[name]);
  return {
    covers: (module, section, work) => {
      if (!open.delete(module)) throw new Error(`${module} is covered twice`);
      it(`${module} (${section})`, work);
    },
    isCovered: () => {
      it(`covers each of the ${plans[name].length} modules of ${name}`, () => {
        expect([...open]).toEqual([]);
      });
    },
  };
}
