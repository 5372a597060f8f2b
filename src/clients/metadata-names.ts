/** The scopes of contract §5: those a client's `scope` may name. */
export const scopeNames = [
  "openid",
  "profile",
  "email",
  "siret",
  "establishment",
  "establishments",
  "offline_access",
] as const;

/** The scopes of the Shared Signals transmitter, by the names of its standard (SSF 1.0 §7.1.1). */
export const signalScopes = ["ssf.manage", "ssf.read"] as const;

/**
 * Whether a scope is one of a resource server: its name has a colon (`access:read`), or is one of {@link signalScopes}; those
 * of an identity have none.
 */
export function isResourceScope(name: string): boolean {
  return isSignalScope(name) || /^[a-z][a-z0-9-]*:[a-z0-9:-]+$/.test(name);
}

/** Whether a scope is one of {@link signalScopes}. */
export function isSignalScope(name: string): boolean {
  return signalScopes.some((each) => each === name);
}

/**
 * The metadata that are ours, not the standard's (contract §5): what oidc-provider must be told of, as its
 * `extraClientMetadata.properties`, or it drops them.
 */
export const ourMetadataNames = [
  "establishment_required",
  "first_party",
  "id_token_claims",
  "profile",
  "require_pkce",
  "service_name",
  "sirets",
  "space_name",
] as const;

/** Registered names (IANA OAuth Dynamic Client Registration Metadata) that this provider does not serve. */
const unserved = new Set(
  `authorization_encrypted_response_alg authorization_encrypted_response_enc authorization_signed_response_alg
   authorization_details_types backchannel_authentication_request_signing_alg backchannel_client_notification_endpoint
   backchannel_token_delivery_mode backchannel_user_code_parameter client_id_issued_at client_secret_expires_at
   default_acr_values frontchannel_logout_session_required frontchannel_logout_uri
   id_token_encrypted_response_alg id_token_encrypted_response_enc introspection_encrypted_response_alg
   introspection_encrypted_response_enc introspection_signed_response_alg registration_access_token
   registration_client_uri request_object_encryption_alg request_object_encryption_enc request_uris software_id
   software_statement software_version tls_client_auth_san_dns tls_client_auth_san_email tls_client_auth_san_ip
   tls_client_auth_san_uri tls_client_auth_subject_dn tls_client_certificate_bound_access_tokens`.split(
    /\s+/,
  ),
);

/**
 * The rule a name of metadata breaks that is not among `served`, with the name that was probably meant. A
 * name nobody reads is never passed over: a mistyped `require_pkce` would silently keep its default.
 */
export function unknownNameRule(name: string, served: readonly string[]): string {
  if (unserved.has(name)) return "must be absent: this provider does not serve it; remove it";
  const untagged = name.split("#")[0] ?? "";
  if (name.includes("#") && served.includes(untagged)) {
    return `must be given once, without a language: write it as ${untagged}`;
  }
  const meant = nearestName(name, served);
  return meant
    ? `must be the name of known metadata: did you mean ${meant}?`
    : "must be the name of known metadata (OpenID Connect Dynamic Registration 1.0 §2): remove it";
}

/** The same of a member of what is declared beside clients, where each has a few names. */
export function unknownMemberRule(name: string, served: readonly string[]): string {
  const meant = nearestName(name, served);
  return meant
    ? `must be the name of a member: did you mean ${meant}?`
    : `must be one of ${served.join(", ")}: remove it`;
}

/** The name among `served` that was probably meant by this one: a letter or two mistyped, or written in another case. */
export function nearestName(name: string, served: readonly string[]): string | undefined {
  if (name.length > 60) return undefined;
  const snake = name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/[\s.-]+/g, "_")
    .toLowerCase();
  const tolerated = Math.max(2, Math.floor(snake.length / 4));
  const [closest] = served
    .filter((candidate) => Math.abs(candidate.length - snake.length) <= tolerated)
    .map((candidate) => ({ candidate, distance: editDistance(snake, candidate) }))
    .sort((left, right) => left.distance - right.distance);
  return closest && closest.distance <= tolerated ? closest.candidate : undefined;
}

/** Levenshtein's distance: the letters to add, take away or change. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let index = 0; index < left.length; index += 1) {
    let corner = row[0] ?? 0;
    const next = [index + 1];
    for (let column = 1; column <= right.length; column += 1) {
      const above = row[column] ?? 0;
      const change = corner + (left[index] === right[column - 1] ? 0 : 1);
      next.push(Math.min(change, above + 1, (next[column - 1] ?? 0) + 1));
      corner = above;
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
