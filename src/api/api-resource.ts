import type { ResourceServer } from "../clients/index.ts";

/** Where the API answers, below the issuer. */
export const apiPath = "/api/v1";

/** What a client may be allowed to do, each named in the `scope` of its metadata. */
export const apiScopes = {
  "access:read": "List accesses, past and present",
  "access:write": "Open and close accesses",
  "accounts:read": "Find accounts",
} as const;

/** One of {@link apiScopes}. */
export type ApiScope = keyof typeof apiScopes;

/** The API as a resource server of this provider: clients ask for its tokens by `resource` (RFC 8707). */
export function apiResource(issuer: string): ResourceServer {
  return {
    resource: `${issuer}${apiPath}`,
    name: "Management API",
    scopes: Object.keys(apiScopes),
    signingAlg: "ES256",
    mustBeNamed: true,
  };
}
