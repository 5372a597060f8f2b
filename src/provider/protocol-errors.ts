import type { KoaContextWithOIDC } from "oidc-provider";
import { type UriMismatch, shown, uriMismatch } from "./uri-mismatch.ts";

/** Each error that the provider can answer with, as `/docs/errors` lists and words it. */
export const protocolErrors = [
  "invalid_redirect_uri",
  "post_logout_redirect_uri",
  "invalid_request",
  "invalid_client",
  "unauthorized_client",
  "invalid_grant",
  "invalid_scope",
  "invalid_target",
  "unsupported_grant_type",
  "unsupported_response_type",
  "unsupported_response_mode",
  "invalid_request_object",
  "invalid_request_uri",
  "request_not_supported",
  "request_uri_not_supported",
  "registration_not_supported",
  "invalid_client_metadata",
  "login_required",
  "interaction_required",
  "consent_required",
  "access_denied",
  "unmet_authentication_requirements",
  "invalid_token",
  "insufficient_scope",
  "invalid_dpop_proof",
  "use_dpop_nonce",
  "unsupported_token_type",
  "temporarily_unavailable",
  "server_error",
] as const;

/** One of {@link protocolErrors}. */
export type ProtocolError = (typeof protocolErrors)[number];

/** The page that lists them. */
export const errorsPath = "/docs/errors";

/** Where an error is explained: its own entry, or the whole list for one that has none. */
export function helpPath(error: string): string {
  return protocolErrors.some((each) => each === error) ? `${errorsPath}#${error}` : errorsPath;
}

/** What an integrator needs to know of a refused request: parameters that hold no secret. */
export interface ReceivedRequest {
  /** The parameters that may be shown, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Given when the address to come back to is what was refused. */
  readonly mismatch?: UriMismatch | undefined;
}

/** A list of what may be shown, not of what may not: codes, tokens, `state` and hints never are. */
const shownParameters = [
  "client_id",
  "response_type",
  "response_mode",
  "scope",
  "prompt",
  "resource",
  "code_challenge_method",
  "request_uri",
] as const;

/** What this request asked for, and where its address differs from what the client registered. */
export function receivedRequest(ctx: KoaContextWithOIDC): ReceivedRequest {
  const asked: Readonly<Record<string, unknown>> = ctx.oidc.params ?? ctx.query;
  const parameters = shownParameters.flatMap((name) => {
    const value = asked[name];
    return typeof value === "string" && value !== "" ? [[name, shown(value)] as const] : [];
  });
  return { parameters: Object.fromEntries(parameters), mismatch: mismatchOf(ctx, asked) };
}

function mismatchOf(
  { oidc: { client } }: KoaContextWithOIDC,
  asked: Readonly<Record<string, unknown>>,
): UriMismatch | undefined {
  const { redirect_uri: redirect, post_logout_redirect_uri: back } = asked;
  if (!client) return undefined;
  if (typeof redirect === "string" && !client.redirectUriAllowed(redirect)) {
    return uriMismatch("redirect_uri", redirect, client.redirectUris ?? []);
  }
  if (typeof back === "string" && !client.postLogoutRedirectUriAllowed(back)) {
    return uriMismatch("post_logout_redirect_uri", back, client.postLogoutRedirectUris ?? []);
  }
  return undefined;
}
