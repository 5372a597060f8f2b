import { type ResourceServer, signalScopes } from "../clients/index.ts";

/** The transmitter as a resource server of this provider: a client must be named its scopes, and gets opaque tokens. */
export function signalsResource(issuer: string): ResourceServer {
  return {
    resource: `${issuer}/signals`,
    name: "Shared Signals",
    scopes: signalScopes,
    signingAlg: "RS256",
    tokens: "opaque",
    namedByScope: true,
    mustBeNamed: true,
  };
}
