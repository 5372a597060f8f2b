import type { ValidatedClients } from "./client-metadata.ts";
import type { ClientProblem } from "./client-problem.ts";
import type { ClientEntry } from "./client-entry.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import { serviceName, spaceName } from "./service-names.ts";

/** A client as `lopauth client list` and `show` print it: its metadata, defaults filled in, and no secret. */
export type ClientView = Omit<ClientMetadata, "client_secret" | "service_name" | "space_name"> & {
  /** Where it stands: in `CLIENTS_FILE`, or in the database. */
  readonly source: ClientEntry["source"];
  readonly service_name: string;
  readonly space_name: string;
};

/** The answer of `lopauth client check`. */
export interface ClientCheckView {
  readonly file: string;
  readonly valid: boolean;
  readonly clients: readonly ClientView[];
  readonly problems: readonly ClientProblem[];
  /** What is right and yet stops some client libraries; no reason to refuse the file. */
  readonly warnings: readonly ClientProblem[];
}

/** A secret of a client as it is shown: never itself. */
export interface ClientSecretView {
  /** ISO 8601; null for a declared client, whose secret comes from the environment. */
  readonly created_at: string | null;
  /** ISO 8601: the first instant at which it is refused; null until it is rotated. */
  readonly ends_at: string | null;
}

/** A client of the directory as `lopauth client list` and `show` print it. */
export interface ClientEntryView extends Partial<ClientView> {
  readonly client_id: string;
  readonly source: ClientEntry["source"];
  /** `invalid`: registered once, and no longer accepted by the validation; it is not served. */
  readonly state: "enabled" | "disabled" | "invalid";
  readonly registered_at: string | null;
  readonly registered_by: string | null;
  readonly disabled_at: string | null;
  /** Those that are valid now: two during a rotation. */
  readonly secrets: readonly ClientSecretView[];
  readonly problems: readonly ClientProblem[];
}

/** A client of the directory in plain words. @param now epoch seconds */
export function clientEntryView(entry: ClientEntry, now: number): ClientEntryView {
  const { clientId, source, metadata, served, problems } = entry;
  return {
    ...(metadata && clientView(metadata, source)),
    client_id: clientId,
    source,
    state: served ? "enabled" : metadata ? "disabled" : "invalid",
    registered_at: instant(entry.registeredAt),
    registered_by: entry.registeredBy ?? null,
    disabled_at: instant(entry.disabledAt),
    secrets: entry.secrets
      .filter(({ endsAt }) => endsAt === undefined || now < endsAt)
      .map(({ createdAt, endsAt }) => ({
        created_at: instant(createdAt),
        ends_at: instant(endsAt),
      })),
    problems,
  };
}

function instant(epochSeconds: number | undefined): string | null {
  return epochSeconds === undefined ? null : new Date(epochSeconds * 1000).toISOString();
}

/** A client in plain words, as JSON or as lines; its secret stays behind. */
export function clientView(
  client: ClientMetadata,
  source: ClientEntry["source"] = "declared",
): ClientView {
  const shown = { ...client };
  delete shown.client_secret;
  return {
    ...shown,
    source,
    service_name: serviceName(client),
    space_name: spaceName(client),
  };
}

/** What a check of a file, and of what stands beside it, found. */
export function clientCheckView(
  file: string,
  { clients = [] }: ValidatedClients,
  problems: readonly ClientProblem[],
): ClientCheckView {
  return {
    file,
    valid: problems.length === 0,
    clients: clients.map((client) => clientView(client)),
    problems,
    warnings: clients.flatMap((client) => secretWarning(file, client)),
  };
}

/** Many libraries do not form-encode what they join for HTTP Basic. The secrets that we make need none. */
function secretWarning(file: string, client: ClientMetadata): ClientProblem[] {
  const {
    client_id: clientId,
    client_secret: secret = "",
    token_endpoint_auth_method: method,
  } = client;
  const odd = [...new Set(secret)].filter((letter) => encodeURIComponent(letter) !== letter);
  if (method !== "client_secret_basic" || odd.length === 0) return [];
  const rule =
    "should hold letters, digits, - and _ alone: with HTTP Basic others must be form-encoded (RFC 6749 §2.3.1), which many libraries do not do; else register client_secret_post";
  return [
    {
      file,
      client: clientId,
      field: "client_secret",
      found: `${odd.sort().join(" ")} in it`,
      rule,
    },
  ];
}
