import { z } from "zod";
import { parseEmailAddress } from "../foundation/index.ts";
import { calledRule, loginStartRule, pageRule, redirectRule } from "./client-addresses.ts";
import { type PublicKeySet, keySetProblems } from "./client-keys.ts";
import { isResourceScope, scopeNames } from "./metadata-names.ts";

/** What the rules of a client's metadata depend on. */
export interface ClientRules {
  readonly production: boolean;
  /** The default of `first_party`: true for declared clients (contract §5). */
  readonly firstParty: boolean;
  /** The provider makes the secret, so none may be given: registered clients. */
  readonly makesSecret?: boolean;
}

/** Algorithms of signatures: of ID tokens, and of the assertions by which clients prove who they are. */
export const signatureAlgorithms = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"] as const;

/** How clients prove who they are at the token endpoint. */
export const authenticationMethods = [
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
  "none",
] as const;

/** The least length of a client's secret: 32 characters at random are past guessing (RFC 6749 §10.10). */
const shortestSecret = 32;
const mostItems = 100;
/**
 * The most establishments of a declared machine client. A registered one keeps to {@link mostItems} for as long
 * as release 0.2.0, which takes no more, may run beside this one on the same database.
 */
const mostDeclaredSirets = 5000;

/** The rules of each field on its own, with its default; those between fields are in `metadata-consistency`. */
export function metadataFields(rules: ClientRules, native: boolean) {
  return {
    ...identityFields(rules),
    ...authorizationFields(rules, native),
    ...protectionFields(rules),
    ...pageFields(rules),
    ...ownFields(rules),
  };
}

function identityFields(rules: ClientRules) {
  return {
    client_id: ruledText(clientIdRule),
    client_secret: ruledText((secret) => secretRule(secret, rules)).optional(),
    client_name: ruledText(nameRule).optional(),
    application_type: word(["web", "native"]).default("web"),
  };
}

/** What it may ask for, and where people come back. */
function authorizationFields(rules: ClientRules, native: boolean) {
  const redirects = () =>
    list(ruledText((uri) => redirectRule(uri, { ...rules, native }))).default([]);
  return {
    redirect_uris: redirects(),
    post_logout_redirect_uris: redirects(),
    grant_types: list(word(["authorization_code", "refresh_token", "client_credentials"])).default([
      "authorization_code",
    ]),
    response_types: list(word(["code"])).default(["code"]),
    response_modes: list(word(["query", "fragment", "form_post"]))
      .min(1, { error: "must hold one word or more; remove it to allow all" })
      .optional(),
    scope: ruledText(scopeRule).optional(),
    subject_type: word(["public", "pairwise"]).optional(),
    sector_identifier_uri: ruledText((uri) =>
      calledRule(uri, { ...rules, production: true }),
    ).optional(),
  };
}

/** How it proves who it is, and how what it is sent is signed, encrypted and bound. */
function protectionFields(rules: ClientRules) {
  return {
    token_endpoint_auth_method: word(authenticationMethods).default("client_secret_basic"),
    token_endpoint_auth_signing_alg: word(signatureAlgorithms).optional(),
    id_token_signed_response_alg: word(signatureAlgorithms).default("RS256"),
    userinfo_signed_response_alg: word(signatureAlgorithms).optional(),
    userinfo_encrypted_response_alg: word(["RSA-OAEP-256", "ECDH-ES"]).optional(),
    userinfo_encrypted_response_enc: word(["A128CBC-HS256", "A256GCM"]).optional(),
    request_object_signing_alg: word(signatureAlgorithms).optional(),
    require_signed_request_object: truth().optional(),
    require_pushed_authorization_requests: truth().optional(),
    dpop_bound_access_tokens: truth().optional(),
    jwks: keySet().optional(),
    jwks_uri: ruledText((uri) => calledRule(uri, rules)).optional(),
    default_max_age: z.int({ error: wholeNumber }).min(0, { error: wholeNumber }).optional(),
    require_auth_time: truth().optional(),
  };
}

/** Its addresses that people are led to, and where it hears of ends. */
function pageFields(rules: ClientRules) {
  const page = ruledText(pageRule);
  return {
    client_uri: page.optional(),
    initiate_login_uri: ruledText(loginStartRule).optional(),
    logo_uri: page.optional(),
    policy_uri: page.optional(),
    tos_uri: page.optional(),
    contacts: list(ruledText(contactRule)).optional(),
    backchannel_logout_uri: ruledText((uri) => calledRule(uri, rules)).optional(),
    backchannel_logout_session_required: truth().optional(),
  };
}

/** What no standard names. */
function ownFields({ firstParty }: ClientRules) {
  const mostSirets = firstParty ? mostDeclaredSirets : mostItems;
  return {
    establishment_required: truth().default(false),
    first_party: truth().default(firstParty),
    id_token_claims: truth().default(false),
    profile: word(["fapi2"]).optional(),
    // One that is written twice is one: tokens and the API would name it twice.
    sirets: list(ruledText(siretRule), mostSirets)
      .transform((sirets) => [...new Set(sirets)])
      .optional(),
    require_pkce: truth().default(true),
    service_name: ruledText(nameRule).optional(),
    space_name: ruledText(nameRule).optional(),
  };
}

/** The fields of a client and their rules. */
export type MetadataFields = ReturnType<typeof metadataFields>;

/**
 * The metadata of one client that passed the validation, under their registered names, defaults filled in
 * (but those of the service's names: `serviceName`). Ready for oidc-provider's `clients`.
 */
export type ClientMetadata = z.output<z.ZodObject<MetadataFields>>;

const wholeNumber = "must be a whole number of seconds, 0 or more, without quotes";

function ruledText(rule: (value: string) => string | undefined) {
  const error = ({ input }: { input?: unknown }) =>
    input === undefined ? "must be given" : "must be a text in quotes; remove it to leave it out";
  return z.string({ error }).check((context) => {
    const message = context.value === "" ? "must not be empty" : rule(context.value);
    if (message) context.issues.push({ code: "custom", message, input: context.value });
  });
}

function list<Item extends z.ZodType>(item: Item, most = mostItems) {
  return z
    .array(item, { error: "must be a list in square brackets" })
    .max(most, { error: `must hold no more than ${most}` });
}

function word<const Words extends readonly string[]>(words: Words) {
  const rule = `must be ${words.length === 1 ? "" : "one of "}${words.join(", ")}`;
  return z.enum(words, { error: ({ input }) => `${rule}${needsClearSecret(input)}` });
}

/** Methods that sign with the client's secret itself: the one kind of secret this provider never keeps. */
function needsClearSecret(value: unknown): string {
  if (typeof value !== "string") return "";
  if (value !== "client_secret_jwt" && !/^HS\d+$/.test(value)) return "";
  return `; ${value} would need the secret in clear, and only its digest is kept`;
}

function truth() {
  return z.boolean({ error: "must be true or false, without quotes" });
}

function keySet() {
  return z.custom<PublicKeySet>().check((context) => {
    for (const { path, rule } of keySetProblems(context.value)) {
      const input: unknown = context.value;
      context.issues.push({ code: "custom", path: [...path], message: rule, input });
    }
  });
}

function clientIdRule(value: string): string | undefined {
  if (value.length > 100) return "must be no longer than 100 characters";
  return onlyPrintable(value);
}

/** On a developer's machine a secret of a tutorial does: nobody else reaches it. */
function secretRule(value: string, { production }: ClientRules): string | undefined {
  if (production && value.length < shortestSecret) {
    return `must have ${shortestSecret} characters or more, at random (openssl rand -base64 32)`;
  }
  if (value.length > 500) return "must be no longer than 500 characters";
  return onlyPrintable(value);
}

function onlyPrintable(value: string): string | undefined {
  return /^[\x20-\x7e]+$/.test(value)
    ? undefined
    : "must be made of printable ASCII characters only (RFC 6749 appendix A)";
}

function nameRule(value: string): string | undefined {
  if (value.length > 100) return "must be no longer than 100 characters";
  if (value.trim() !== value) return "must not begin or end with a space";
  return /[\p{C}\u2028\u2029]/u.test(value)
    ? "must hold no control or invisible character: pages and mails show it"
    : undefined;
}

function scopeRule(value: string): string | undefined {
  const known: ReadonlySet<string> = new Set(scopeNames);
  const isKnown = (name: string) => known.has(name) || isResourceScope(name);
  return value.length <= 1000 && value.split(" ").every(isKnown)
    ? undefined
    : `must be names among ${scopeNames.join(", ")}, or scopes of a resource server (access:read), with one space between them`;
}

/** Whether these 14 digits are a SIRET is for those who know establishments; here it must look like one. */
function siretRule(value: string): string | undefined {
  return /^\d{14}$/.test(value) ? undefined : "must be 14 digits, without spaces";
}

function contactRule(value: string): string | undefined {
  return parseEmailAddress(value) === value.toLowerCase() ? undefined : "must be an e-mail address";
}
