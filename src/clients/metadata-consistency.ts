import type { ClientMetadata, ClientRules } from "./metadata-fields.ts";

/** A rule between the fields of one client that is broken, and the field where it is best mended. */
export interface Contradiction {
  readonly field: keyof ClientMetadata;
  readonly rule: string;
}

/** The fields of a client that are right on their own; a rule is not judged when a field it needs is not. */
export type SoundFields = { readonly [Name in keyof ClientMetadata]?: ClientMetadata[Name] };

/**
 * Every rule between fields that a client breaks. oidc-provider mends some of these silently (it adds and
 * takes away grant types); here what is written is what is served.
 * @param given the names that stand in the client at all, right or wrong
 */
export function contradictions(
  fields: SoundFields,
  given: ReadonlySet<string>,
  { makesSecret = false }: Pick<ClientRules, "makesSecret">,
): readonly Contradiction[] {
  return [
    ...redirectRules(fields),
    ...flowRules(fields),
    ...(makesSecret ? madeSecretRules(given) : givenSecretRules(fields, given)),
    ...authenticationRules(fields, given),
    ...keyRules(fields, given),
    ...machineRules(fields, given),
    ...fapiRules(fields),
  ];
}

function* redirectRules(fields: SoundFields): Generator<Contradiction> {
  const { redirect_uris: redirects } = fields;
  if (redirects?.length === 0 && fields.response_types?.includes("code")) {
    yield { field: "redirect_uris", rule: "must name where people come back after signing in" };
  }
  const sector = fields.sector_identifier_uri !== undefined;
  if (fields.subject_type === "pairwise" && !sector && redirects && hosts(redirects) !== 1) {
    const rule = `must be public, unless every redirect_uris has one and the same host, or sector_identifier_uri names them: a pairwise subject is made from it`;
    yield { field: "subject_type", rule };
  }
}

/** A code is asked for where it may be redeemed, and the other way round. */
function* flowRules(fields: SoundFields): Generator<Contradiction> {
  const { grant_types: grants, response_types: responses } = fields;
  if (!grants || !responses) return;
  const code = responses.includes("code");
  const codeGrant = grants.includes("authorization_code");
  if (code && !codeGrant) {
    const rule = `must hold "authorization_code", as response_types holds "code" (a client that signs nobody in writes "response_types": [])`;
    yield { field: "grant_types", rule };
  } else if (codeGrant && !code) {
    const rule = `must hold "code", as grant_types holds "authorization_code"`;
    yield { field: "response_types", rule };
  } else if (grants.includes("refresh_token") && !codeGrant) {
    yield { field: "grant_types", rule: `must hold "authorization_code" beside "refresh_token"` };
  }
}

/** A registered client never brings its secret: 256 bits are made for it, and shown once. */
function* madeSecretRules(given: ReadonlySet<string>): Generator<Contradiction> {
  if (given.has("client_secret")) {
    const rule = "must be absent: this provider makes the secret, and shows it once; remove it";
    yield { field: "client_secret", rule };
  }
}

function* givenSecretRules(
  fields: SoundFields,
  given: ReadonlySet<string>,
): Generator<Contradiction> {
  const method = fields.token_endpoint_auth_method;
  if (!method) return;
  const needsSecret = method === "client_secret_basic" || method === "client_secret_post";
  if (needsSecret && !given.has("client_secret")) {
    const rule = `must be given for token_endpoint_auth_method ${method}, from the environment: "\${NAME}"; a public client writes "token_endpoint_auth_method": "none"`;
    yield { field: "client_secret", rule };
  }
  if (!needsSecret && given.has("client_secret")) {
    const rule = `must be absent, as token_endpoint_auth_method is ${method}: remove one of the two`;
    yield { field: "client_secret", rule };
  }
}

function* authenticationRules(
  fields: SoundFields,
  given: ReadonlySet<string>,
): Generator<Contradiction> {
  const method = fields.token_endpoint_auth_method;
  if (!method) return;
  if (method !== "private_key_jwt" && given.has("token_endpoint_auth_signing_alg")) {
    const rule = `must be absent: it is for token_endpoint_auth_method private_key_jwt only`;
    yield { field: "token_endpoint_auth_signing_alg", rule };
  }
  if (method === "none" && fields.require_pkce === false) {
    const rule = `must be true: a client without a secret has no other protection of its codes (RFC 9700 §2.1.1)`;
    yield { field: "require_pkce", rule };
  }
}

function* keyRules(fields: SoundFields, given: ReadonlySet<string>): Generator<Contradiction> {
  const [inline, remote] = [given.has("jwks"), given.has("jwks_uri")];
  if (inline && remote) {
    yield { field: "jwks_uri", rule: "must be absent, as jwks is given: remove one of the two" };
  }
  if (fields.token_endpoint_auth_method === "private_key_jwt" && !inline && !remote) {
    const rule =
      "must be given for token_endpoint_auth_method private_key_jwt: the client's public keys, or their address as jwks_uri";
    yield { field: "jwks", rule };
  }
}

function* machineRules(fields: SoundFields, given: ReadonlySet<string>): Generator<Contradiction> {
  const machine = fields.grant_types?.includes("client_credentials");
  if (given.has("sirets") && machine === false) {
    const rule = `must be absent, unless grant_types holds "client_credentials": people choose theirs`;
    yield { field: "sirets", rule };
  }
  if (machine && fields.token_endpoint_auth_method === "none") {
    const rule = `must have no "client_credentials" for a client that cannot prove who it is`;
    yield { field: "grant_types", rule };
  }
}

/** What the profile sets where the client says nothing: FAPI 2.0 Security Profile §5.3.2. */
export const fapiDefaults: Readonly<Record<string, unknown>> = {
  token_endpoint_auth_method: "private_key_jwt",
  require_pushed_authorization_requests: true,
  dpop_bound_access_tokens: true,
  require_pkce: true,
  id_token_signed_response_alg: "PS256",
};

/** What the profile enforces where the client says otherwise. */
function* fapiRules(fields: SoundFields): Generator<Contradiction> {
  if (fields.profile !== "fapi2") return;
  const forced = ["token_endpoint_auth_method", "require_pushed_authorization_requests"] as const;
  for (const field of [...forced, "dpop_bound_access_tokens", "require_pkce"] as const) {
    if (fields[field] !== undefined && fields[field] !== fapiDefaults[field]) {
      yield {
        field,
        rule: `must be ${String(fapiDefaults[field])}, as profile is fapi2: remove it`,
      };
    }
  }
  for (const field of [
    "id_token_signed_response_alg",
    "token_endpoint_auth_signing_alg",
  ] as const) {
    if (fields[field] === "RS256") {
      yield {
        field,
        rule: "must be PS256, ES256, EdDSA or Ed25519, as profile is fapi2 (FAPI 2.0 §5.4)",
      };
    }
  }
}

function hosts(addresses: readonly string[]): number {
  return new Set(addresses.map((address) => new URL(address).host)).size;
}
