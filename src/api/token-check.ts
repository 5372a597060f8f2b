import { type JSONWebKeySet, type JWTPayload, createLocalJWKSet, errors, jwtVerify } from "jose";
import { type Clock, type Outcome, accepted, refused } from "../foundation/index.ts";
import { type ApiScope, apiResource } from "./api-resource.ts";
import { bearerToken } from "../web/index.ts";

/** A program whose access token was accepted. */
export interface Caller {
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
}

/** Why a token is refused. `token-missing`: there is none; the others are RFC 6750's `invalid_token`. */
export type TokenRefusal =
  | "token-missing"
  | "token-invalid"
  | "token-expired"
  | "token-bound"
  | "token-of-person"
  | "client-not-served";

/** What tokens are checked with. */
export interface TokenCheckParts {
  readonly issuer: string;
  readonly clock: Clock;
  /** The public signing keys of the provider: the same object until they change. */
  readonly publicKeys: () => JSONWebKeySet;
  readonly clients: {
    readonly servedSince: (clientId: string) => number | undefined;
    readonly find: (clientId: string) => { readonly scope?: string | undefined } | undefined;
  };
}

/** Judges the `Authorization` header of a request. */
export type TokenCheck = (authorization: string) => Promise<Outcome<Caller, TokenRefusal>>;

/**
 * Checks JWT access tokens as RFC 9068 §4 says, against the provider's own keys, and asks at each request
 * whether the client is still served: a client that is disabled is refused at once, whatever its token says.
 *
 * Only a program's own token (`client_credentials`) is taken: acts are recorded as the client's, and no page of another
 * site may turn a person's browser into one. A DPoP-bound token is refused, not taken as a bearer (RFC 9449 §7.1).
 */
export function createTokenCheck(parts: TokenCheckParts): TokenCheck {
  const { issuer, clock, clients } = parts;
  const keySets = new WeakMap<JSONWebKeySet, ReturnType<typeof createLocalJWKSet>>();
  const keySet = () => {
    const keys = parts.publicKeys();
    const known = keySets.get(keys) ?? createLocalJWKSet(keys);
    keySets.set(keys, known);
    return known;
  };
  const { resource: audience, signingAlg } = apiResource(issuer);
  const verify = async (token: string) => {
    const { payload } = await jwtVerify(token, keySet(), {
      issuer,
      audience,
      typ: "at+jwt",
      algorithms: [signingAlg],
      requiredClaims: ["exp", "iat", "sub", "client_id", "jti"],
      currentDate: new Date(clock.epochMilliseconds()),
    });
    return payload;
  };
  return async (authorization) => {
    if (authorization === "") return refused({ reason: "token-missing" });
    const token = bearerToken(authorization);
    if (token === undefined) return refused({ reason: "token-invalid" });
    try {
      return callerOf(await verify(token), clients);
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      const expired = error instanceof errors.JWTExpired;
      return refused({ reason: expired ? "token-expired" : "token-invalid" });
    }
  };
}

function callerOf(
  payload: JWTPayload,
  clients: TokenCheckParts["clients"],
): Outcome<Caller, TokenRefusal> {
  const { client_id: clientId, scope, sub, cnf, iat = 0 } = payload;
  if (typeof clientId !== "string") return refused({ reason: "token-invalid" });
  if (cnf !== undefined) return refused({ reason: "token-bound" });
  if (sub !== clientId) return refused({ reason: "token-of-person" });
  const servedSince = clients.servedSince(clientId);
  if (servedSince === undefined || iat < servedSince) {
    return refused({ reason: "client-not-served" });
  }
  // What its metadata name now: a scope taken from a client is lost at once, too.
  const named = clients.find(clientId)?.scope?.split(" ") ?? [];
  const granted = typeof scope === "string" ? scope.split(" ") : [];
  return accepted({ clientId, scopes: new Set(granted.filter((each) => named.includes(each))) });
}

/** Whether a program may do this. */
export function mayDo({ scopes }: Caller, scope: ApiScope): boolean {
  return scopes.has(scope);
}
