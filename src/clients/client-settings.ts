import type { ClientProblem } from "./client-problem.ts";
import { authenticationMethods, signatureAlgorithms } from "./metadata-fields.ts";

/** How a setting is typed: one line, one value a line, yes or no, or one of some words. */
export type SettingKind = "text" | "lines" | "truth" | readonly string[];

/** The settings that have a field of their own, in the order in which they are shown. The rest is JSON. */
export const clientSettings = {
  client_name: "text",
  service_name: "text",
  space_name: "text",
  client_uri: "text",
  initiate_login_uri: "text",
  logo_uri: "text",
  policy_uri: "text",
  tos_uri: "text",
  contacts: "lines",
  redirect_uris: "lines",
  post_logout_redirect_uris: "lines",
  backchannel_logout_uri: "text",
  backchannel_logout_session_required: "truth",
  scope: "text",
  grant_types: "lines",
  first_party: "truth",
  establishment_required: "truth",
  token_endpoint_auth_method: authenticationMethods,
  jwks_uri: "text",
  require_pkce: "truth",
  require_pushed_authorization_requests: "truth",
  dpop_bound_access_tokens: "truth",
  id_token_claims: "truth",
  id_token_signed_response_alg: signatureAlgorithms,
  userinfo_signed_response_alg: signatureAlgorithms,
} as const satisfies Readonly<Record<string, SettingKind>>;

/** The name of a setting that has a field. */
export type ClientSettingName = keyof typeof clientSettings;

/** Every field of the form: the settings, and `rest`, the JSON of all others. */
export const settingFields = [
  ...(Object.keys(clientSettings) as ClientSettingName[]),
  "rest",
] as const;

/** What is typed in each field; "" leaves a setting out. */
export type SettingValues = Readonly<Record<(typeof settingFields)[number], string>>;

/** A document made of what was typed, or what is wrong with the rest. */
export type TypedDocument =
  | { readonly text: string; readonly problems?: undefined }
  | { readonly problems: readonly ClientProblem[] };

type Document = Readonly<Record<string, unknown>>;

/** What the fields hold of a client, as it is written. What a field cannot hold stays in the rest. */
export function valuesOf(document: Document): SettingValues {
  const typed = Object.entries(clientSettings).map(
    ([name, kind]) => [name, typedValue(kind, document[name])] as const,
  );
  const held = new Set(["client_id", ...typed.flatMap(([name, text]) => (text ? [name] : []))]);
  const rest = Object.entries(document).filter(
    ([name, value]) => !held.has(name) && !isEmptyList(name, value),
  );
  const json = rest.length === 0 ? "" : JSON.stringify(Object.fromEntries(rest), undefined, 2);
  return { ...(Object.fromEntries(typed) as Record<ClientSettingName, string>), rest: json };
}

/** The document of a client that says what was typed: JSON, judged by nobody yet. */
export function documentOf(clientId: string, values: SettingValues): TypedDocument {
  const rest = readRest(clientId, values.rest);
  if ("problems" in rest) return rest;
  const settings = Object.entries(clientSettings).flatMap(([name, kind]) => {
    const value = readSetting(kind, values[name as ClientSettingName]);
    return value === undefined ? [] : [[name, value] as const];
  });
  const twice = settings.filter(([name]) => name in rest.document).map(([name]) => name);
  if (twice.length > 0) {
    const rule = `must not name what has a field of its own: ${twice.join(", ")}`;
    return { problems: [restProblem(clientId, "it twice", rule)] };
  }
  const document = { client_id: clientId, ...Object.fromEntries(settings), ...rest.document };
  return { text: JSON.stringify(document, undefined, 2) };
}

/**
 * A document with some settings changed, as a command says it: `NAME=VALUE`, where nothing leaves the setting out, a value
 * of a setting that is no text is JSON, and lists may be written with spaces.
 */
export function documentWith(document: Document, name: string, typed: string): Document {
  const others = Object.fromEntries(Object.entries(document).filter(([each]) => each !== name));
  const value = commandValue(name, typed);
  return value === undefined ? others : { ...others, [name]: value };
}

function commandValue(name: string, typed: string): unknown {
  if (typed === "") return undefined;
  const kind = Object.entries(clientSettings).find(([each]) => each === name)?.[1];
  if (kind === "lines" && !typed.startsWith("[")) return typed.trim().split(/\s+/);
  if (kind === "text" || Array.isArray(kind)) return typed;
  try {
    return JSON.parse(typed) as unknown;
  } catch {
    // A text without quotes, as shells take them away: the validation says whether it may be one.
    return typed;
  }
}

function typedValue(kind: SettingKind, value: unknown): string {
  if (kind === "truth") return typeof value === "boolean" ? String(value) : "";
  if (kind !== "lines") {
    const isOne = typeof value === "string" && (kind === "text" || kind.includes(value));
    return isOne && !/[\r\n]/.test(value) ? value : "";
  }
  const isList = Array.isArray(value) && value.every((item) => isLine(item));
  return isList ? value.join("\n") : "";
}

function isLine(item: unknown): boolean {
  return typeof item === "string" && item !== "" && item.trim() === item && !/[\r\n]/.test(item);
}

/** An empty list is what an empty field says, too. */
function isEmptyList(name: string, value: unknown): boolean {
  const kind = Object.entries(clientSettings).find(([each]) => each === name)?.[1];
  return kind === "lines" && Array.isArray(value) && value.length === 0 && name !== "grant_types";
}

function readSetting(kind: SettingKind, typed: string): unknown {
  const text = typed.trim();
  if (text === "") return undefined;
  if (kind === "lines") return text.split(/\s*[\r\n]+\s*/);
  return kind === "truth" && /^(true|false)$/.test(text) ? text === "true" : text;
}

function readRest(
  clientId: string,
  text: string,
): { readonly document: Document } | { readonly problems: readonly ClientProblem[] } {
  if (text.trim() === "") return { document: {} };
  const rule = "must be a JSON object, in curly brackets, without client_id";
  try {
    const document = JSON.parse(text) as unknown;
    const isObject = typeof document === "object" && document !== null && !Array.isArray(document);
    if (isObject && !("client_id" in document)) return { document: document as Document };
    return { problems: [restProblem(clientId, "another", rule)] };
  } catch {
    return { problems: [restProblem(clientId, "no JSON", rule)] };
  }
}

function restProblem(client: string, found: string, rule: string): ClientProblem {
  return { file: "JSON", client, field: "rest", found, rule };
}
