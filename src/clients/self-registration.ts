import type { ClientDirectory } from "./client-directory.ts";
import { type MetadataProblem, validateClient } from "./client-metadata.ts";
import { registeredRules } from "./client-entry.ts";
import { type ClientMetadata, metadataFields } from "./metadata-fields.ts";
import { isResourceScope, scopeNames } from "./metadata-names.ts";

/** What a client asks to be registered as, judged. */
export type JudgedSelf =
  | { readonly metadata: ClientMetadata; readonly document: object; readonly problems?: undefined }
  | { readonly problems: readonly MetadataProblem[] };

/** Metadata by which only l'Opcommerce gives a client more than any stranger has. */
const elevated: Readonly<Record<string, string>> = {
  first_party: "must be absent: people are asked for their consent",
  sirets: "must be absent: a machine is bound to establishments by who operates the provider",
};

/** Any identity scope; those of resource servers are given by who operates the provider. */
const usualScope = scopeNames.join(" ");

/**
 * Judges the metadata that a client registers itself with, by the one validation. Names that this provider does not
 * know are passed over, as RFC 7591 §2 demands; the answer says what was kept.
 * @param clientId ours, whatever was asked
 */
export function judgeSelf(written: unknown, clientId: string, production: boolean): JudgedSelf {
  if (typeof written !== "object" || written === null || Array.isArray(written)) {
    const rule = "must be a JSON object, in curly brackets";
    return { problems: [{ path: [], value: written, rule }] };
  }
  const rules = registeredRules(production);
  const known: ReadonlySet<string> = new Set(Object.keys(metadataFields(rules, false)));
  const given = Object.entries(written).filter(
    // RFC 7591 §2: a value of null is as if it were not there.
    ([name, value]) => known.has(name) && name !== "client_secret" && value !== null,
  );
  const document = { scope: usualScope, ...Object.fromEntries(given), client_id: clientId };
  const { client, problems } = validateClient(document, rules);
  const raised = elevations(document);
  if (!client || raised.length > 0) return { problems: [...problems, ...raised] };
  return { metadata: client, document };
}

/** Whether what a client writes of itself holds its own identifier, and its own secret if any (RFC 7592 §2.2). */
export function isOwnIdentity(
  written: unknown,
  clientId: string,
  directory: Pick<ClientDirectory, "secretMatches">,
): boolean {
  if (typeof written !== "object" || written === null) return true;
  const { client_id: id, client_secret: secret } = written as Record<string, unknown>;
  if (id !== clientId) return false;
  if (secret === undefined || secret === null) return true;
  return typeof secret === "string" && directory.secretMatches(clientId, secret);
}

function elevations(document: Readonly<Record<string, unknown>>): MetadataProblem[] {
  const problem = (name: string, rule: string) => ({ path: [name], value: document[name], rule });
  const { scope, grant_types: grants } = document;
  return [
    ...Object.entries(elevated).flatMap(([name, rule]) =>
      document[name] === undefined || document[name] === false ? [] : [problem(name, rule)],
    ),
    ...(document["require_pkce"] === false
      ? [problem("require_pkce", "must be absent or true: who registers itself uses PKCE")]
      : []),
    ...(typeof scope === "string" && scope.split(" ").some(isResourceScope)
      ? [problem("scope", "must hold no scope of a resource server: ask for it to be added")]
      : []),
    ...(Array.isArray(grants) && grants.includes("client_credentials")
      ? [problem("grant_types", "must not hold client_credentials: ask for a machine client")]
      : []),
  ];
}
