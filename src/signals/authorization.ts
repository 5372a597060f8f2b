import { type Outcome, accepted, refused } from "../foundation/index.ts";
import type { FindProgramToken } from "../provider/index.ts";
import { bearerToken } from "../web/index.ts";

/** A receiver whose access token was accepted. */
export interface Receiver {
  readonly clientId: string;
  readonly mayManage: boolean;
  readonly mayRead: boolean;
}

/** Why a token is refused: all are RFC 6750's `invalid_token`, but for a missing one. */
export type TokenReason = "token-missing" | "token-invalid";

/** Judges the `Authorization` header of a request. A token in the address or in a form is not looked for. */
export type Authorize = (authorization: string) => Promise<Outcome<Receiver, TokenReason>>;

/** What tokens are judged by. */
export interface AuthorizationParts {
  /** The resource that the tokens are for. */
  readonly resource: string;
  readonly findProgramToken: FindProgramToken;
  readonly clients: {
    readonly servedSince: (clientId: string) => number | undefined;
    readonly find: (clientId: string) => { readonly scope?: string | undefined } | undefined;
  };
}

/**
 * Looks the token up at each request (SSF 1.0 §7.1.1): one that was revoked, or whose client is served no more or may no
 * more, opens nothing. A program's own tokens are taken alone, and none that is bound to a key.
 */
export function createAuthorization(parts: AuthorizationParts): Authorize {
  return async (authorization) => {
    if (authorization === "") return refused({ reason: "token-missing" });
    const given = bearerToken(authorization);
    const token = given === undefined ? undefined : await parts.findProgramToken(given);
    if (!token || token.isBound || token.audience !== parts.resource)
      return refused({ reason: "token-invalid" });
    const { clientId, scopes, issuedAt } = token;
    const since = parts.clients.servedSince(clientId);
    if (since === undefined || issuedAt < since) return refused({ reason: "token-invalid" });
    const named = parts.clients.find(clientId)?.scope?.split(" ") ?? [];
    const may = (scope: string) => scopes.has(scope) && named.includes(scope);
    const mayManage = may("ssf.manage");
    return accepted({ clientId, mayManage, mayRead: mayManage || may("ssf.read") });
  };
}
