import { type Client, type KoaContextWithOIDC, errors } from "oidc-provider";

/**
 * The cause of a refusal in words for who integrates a client. The library keeps it for the log ("grant request is invalid"
 * is all that it answers), so that every first connection needs an operator. Of the person, and of whether a client
 * exists whose secret is wrong, nothing is told.
 * @returns undefined for what the library's own description says as well
 */
export function toldCause(ctx: KoaContextWithOIDC, error: unknown): string | undefined {
  if (error instanceof errors.InvalidGrant) return grantCause(error.error_detail ?? "");
  if (error instanceof errors.InvalidClientAuth) return clientCause(ctx, error.error_detail ?? "");
  if (error instanceof errors.InvalidRequest && /not properly encoded/.test(descriptionOf(error))) {
    return `${descriptionOf(error)}: ${formEncode}`;
  }
  if (error instanceof errors.InvalidScope && /invalid characters/.test(descriptionOf(error))) {
    const scope = ctx.oidc.params?.["scope"];
    const odd = typeof scope === "string" ? oddSpaces(scope) : undefined;
    return odd && `scope must be names with one space between them; it ${odd}`;
  }
  return undefined;
}

/**
 * Whether a client must use PKCE, asked of a request without it. Many libraries use it only when they are told to, and all that
 * comes back to them is the description, which the library words for servers.
 * @throws InvalidRequest where it must, with what to do
 */
export function requiresPkce(_ctx: KoaContextWithOIDC, client: Client): boolean {
  if (client["require_pkce"] === false) return false;
  const waived = "; for one that cannot, the client is registered with require_pkce false";
  throw new errors.InvalidRequest(
    `code_challenge is missing: switch PKCE (S256) on in the library${client.tokenEndpointAuthMethod === "none" ? "" : waived}`,
  );
}

/** What is wrong with the spaces of a scope; undefined when they are right. */
export function oddSpaces(scope: string): string | undefined {
  if (/^[^ ]+(?: [^ ]+)*$/.test(scope)) return undefined;
  if (scope.trim() === "") return "is spaces alone";
  if (scope.startsWith(" ")) return "begins with a space";
  return scope.endsWith(" ") ? "ends with a space" : "has several spaces in a row";
}

const ended = "it was revoked, signed out, or what it was given for is closed";

/** By the library's own words, which a test compares with what it does. */
const grantCauses: readonly (readonly [RegExp, string])[] = [
  [/redirect_uri mismatch/, "redirect_uri is not the one of the authorization request"],
  [/code is expired/, "the authorization code has expired: it is good for 60 seconds"],
  [/code already consumed|^already consumed/, "this was used before: a code is good once"],
  [/code not found/, "the authorization code is unknown: used before, or long expired"],
  [
    /code_verifier must be provided/,
    "code_verifier is missing: the authorization request had a code_challenge",
  ],
  [
    /code_verifier does not match|code_challenge/,
    "code_verifier does not match the code_challenge of the authorization request",
  ],
  [/client mismatch/, "it was issued to another client"],
  [
    /refresh token not found/,
    `the refresh token is unknown, or its authorization has ended: ${ended}`,
  ],
  [/refresh token is expired|grant is expired/, "the authorization has ended: it lasts 30 days"],
  [/already used/, "the refresh token was used before: its whole authorization has ended"],
  [/replaced a moment ago/, "the refresh token was replaced a moment ago: use the newer one"],
  [/grant not found/, `the authorization has ended: ${ended}`],
  [
    /missing DPoP proof|DPoP proof JWT not provided/,
    "the DPoP header is missing: what this is for is bound to a key",
  ],
  [/jkt|DPoP/, "the DPoP proof is not by the key that this was bound to"],
];

function grantCause(detail: string): string | undefined {
  return grantCauses.find(([pattern]) => pattern.test(detail))?.[1];
}

function clientCause(ctx: KoaContextWithOIDC, detail: string): string | undefined {
  const { client } = ctx.oidc;
  if (/mechanism does not match/.test(detail) && client) {
    return `the client is registered with another token_endpoint_auth_method: ${String(client.tokenEndpointAuthMethod)}`;
  }
  // An assertion is judged by its signature first, or says openly what it lacks: none of that helps to guess a secret.
  if (ctx.oidc.params?.["client_assertion"] !== undefined && client && detail !== "") {
    return detail.startsWith("client_assertion") ? detail : `client_assertion: ${detail}`;
  }
  return isUnencodedBasic(ctx.get("Authorization"))
    ? `client authentication failed; ${formEncode}`
    : undefined;
}

const formEncode =
  "form-encode the client_id and the secret before they are joined for HTTP Basic (RFC 6749 §2.3.1), or send them by client_secret_post";

/** Whether a secret was sent with a character that form-encoding would have replaced; nothing here depends on whose it is. */
function isUnencodedBasic(authorization: string): boolean {
  const [, encoded = ""] = /^basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization) ?? [];
  const credentials = Buffer.from(encoded, "base64").toString("utf8");
  return /[+/=]|%(?![0-9a-f]{2})/i.test(credentials.slice(credentials.indexOf(":") + 1));
}

function descriptionOf(error: { readonly error_description?: string | undefined }): string {
  return error.error_description ?? "";
}
