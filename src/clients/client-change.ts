import type { ClientMetadata } from "./metadata-fields.ts";
import { holdsSecret } from "./client-problem.ts";
import { isSignalScope } from "./metadata-names.ts";
import { needsSecret } from "./registration.ts";

/** A setting that would be another: what counts before and after, defaults filled in, as JSON or plain text. */
export interface ClientDifference {
  readonly name: string;
  /** Undefined when there is none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What a change to a client ends, or makes. */
export interface ClientChangeEffects {
  /** The settings whose change voids all that was issued before it; none: it goes on. */
  readonly voidedBy: readonly string[];
  /** `ended`: it proves who it is in another way. `made`: it needs one and has none; it is shown once. */
  readonly secret: "kept" | "ended" | "made" | "none";
  /** Whether people get another identifier (`sub`) there. */
  readonly renamesPeople: boolean;
}

type Metadata = Partial<ClientMetadata>;

/** What differs in what counts. @param before nothing when what was registered is not accepted any more */
export function clientDifferences(before: Metadata, after: Metadata): ClientDifference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].sort().flatMap((name) => {
    const [older, newer] = [before, after].map((each) => shown(name, Reflect.get(each, name)));
    return older === newer ? [] : [{ name, before: older, after: newer }];
  });
}

/**
 * What a change ends. What was issued is void when the client could get it no longer, or not in that way: it lost a scope or
 * a grant or an establishment, its people are asked from now on, it proves who it is by something else, or they are others for it.
 * Addresses, names, algorithms and rotated keys end nothing.
 * @param before undefined when what was registered is not accepted any more: nothing was served by it
 */
export function changeEffects(
  before: ClientMetadata | undefined,
  after: ClientMetadata,
  hasSecret: boolean,
): ClientChangeEffects {
  return {
    voidedBy: before ? endings.filter(([, ends]) => ends(before, after)).map(([name]) => name) : [],
    secret: secretEffect(needsSecret(after), hasSecret),
    renamesPeople: before !== undefined && sectorOf(before) !== sectorOf(after),
  };
}

const endings: readonly (readonly [
  name: keyof ClientMetadata,
  ends: (before: ClientMetadata, after: ClientMetadata) => boolean,
])[] = [
  ["token_endpoint_auth_method", (before, after) => proofOf(before) !== proofOf(after)],
  ["scope", losesScope],
  ["grant_types", (before, after) => loses(before.grant_types, after.grant_types)],
  ["sirets", (before, after) => loses(before.sirets ?? [], after.sirets ?? [])],
  ["subject_type", (before, after) => sectorOf(before) !== sectorOf(after)],
  ["first_party", (before, after) => before.first_party && !after.first_party],
  [
    "establishment_required",
    (before, after) => !before.establishment_required && after.establishment_required,
  ],
  [
    "dpop_bound_access_tokens",
    (before, after) => !before.dpop_bound_access_tokens && after.dpop_bound_access_tokens === true,
  ],
];

function secretEffect(needs: boolean, has: boolean): ClientChangeEffects["secret"] {
  if (needs) return has ? "kept" : "made";
  return has ? "ended" : "none";
}

/** The two ways to present a secret are one proof. */
function proofOf(client: ClientMetadata): string {
  return needsSecret(client) ? "secret" : client.token_endpoint_auth_method;
}

/** A client without `scope` may ask for all, but for what must be named. */
function losesScope({ scope: before }: ClientMetadata, { scope: after }: ClientMetadata): boolean {
  if (after === undefined) return before?.split(" ").some(isSignalScope) ?? false;
  return before === undefined || loses(before.split(" "), after.split(" "));
}

function loses(before: readonly string[], after: readonly string[]): boolean {
  return before.some((each) => !after.includes(each));
}

/** What subjects are made from: nothing for public ones (OpenID Connect Core §8.1). */
function sectorOf(client: ClientMetadata): string | undefined {
  if (client.subject_type !== "pairwise") return undefined;
  const address = client.sector_identifier_uri ?? client.redirect_uris[0];
  return address === undefined ? undefined : new URL(address).host;
}

function shown(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (holdsSecret([name])) return "[hidden]";
  const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
  if (isList && value.length > 0) return value.join("\n");
  return typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
}
