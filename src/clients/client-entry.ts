import { digest } from "../foundation/index.ts";
import { validateClients } from "./client-metadata.ts";
import type { ClientProblem } from "./client-problem.ts";
import type { StoredClient, StoredSecret, Suspension } from "./client-store.ts";
import type { ClientMetadata, ClientRules } from "./metadata-fields.ts";

/** A secret as the directory holds it. */
export type EntrySecret = Pick<StoredSecret, "digest" | "endsAt"> & {
  /** Epoch seconds; undefined for the secret of a declared client. */
  readonly createdAt: number | undefined;
};

/** One client as the directory knows it, whether it is served or not. */
export interface ClientEntry {
  readonly clientId: string;
  /** `declared` stands in `CLIENTS_FILE`, `registered` in the database. */
  readonly source: "declared" | "registered";
  /** Its metadata without the secret; undefined when a registered client no longer passes the validation. */
  readonly metadata: ClientMetadata | undefined;
  /** The same, when it is served. */
  readonly served: ClientMetadata | undefined;
  /** Why a registered client is not served. */
  readonly problems: readonly ClientProblem[];
  readonly secrets: readonly EntrySecret[];
  readonly registeredAt: number | undefined;
  readonly registeredBy: string | undefined;
  /** JSON, as it was registered, without defaults; undefined for a declared client. */
  readonly written: string | undefined;
  /** When it was disabled, while it is. */
  readonly disabledAt: number | undefined;
  /** What was issued to it before this second is void. */
  readonly servedSince: number;
}

/** The rules of a client registered at run time: the one validation, with another default and a secret of ours. */
export function registeredRules(production: boolean): ClientRules {
  return { production, firstParty: false, makesSecret: true };
}

/** A client of `CLIENTS_FILE` whose secret is a digest from here on. */
export interface DeclaredClient {
  readonly metadata: ClientMetadata;
  readonly secrets: readonly EntrySecret[];
}

/** Takes the secret of a declared client out of its metadata. */
export function withoutSecret(client: ClientMetadata): DeclaredClient {
  const { client_secret: secret, ...metadata } = client;
  if (secret === undefined) return { metadata, secrets: [] };
  return {
    metadata,
    secrets: [{ digest: digest(secret), createdAt: undefined, endsAt: undefined }],
  };
}

/** The entry of a declared client. */
export function declaredEntry(
  { metadata, secrets }: DeclaredClient,
  suspension: Suspension | undefined,
): ClientEntry {
  return {
    ...state(metadata, suspension, 0),
    clientId: metadata.client_id,
    source: "declared",
    problems: [],
    secrets,
    registeredAt: undefined,
    registeredBy: undefined,
    written: undefined,
  };
}

/** What the validation says today of a client registered before. */
export interface JudgedMetadata {
  readonly metadata: ClientMetadata | undefined;
  readonly problems: readonly ClientProblem[];
}

/** Judges a registered client again: what this version no longer accepts is not served. */
export function judgeStored({ metadata }: StoredClient, production: boolean): JudgedMetadata {
  const document = [JSON.parse(metadata) as unknown];
  const { clients, problems = [] } = validateClients(
    "database",
    document,
    registeredRules(production),
  );
  return { metadata: clients?.[0], problems };
}

/** The entry of a registered client. */
export function registeredEntry(
  stored: StoredClient,
  judged: JudgedMetadata,
  secrets: readonly StoredSecret[],
  suspension: Suspension | undefined,
): ClientEntry {
  return {
    ...state(judged.metadata, suspension, stored.registeredAt),
    clientId: stored.clientId,
    source: "registered",
    problems: judged.problems,
    secrets,
    registeredAt: stored.registeredAt,
    registeredBy: stored.registeredBy,
    written: stored.metadata,
  };
}

/** The entry of a registered client whose metadata were replaced. */
export function editedEntry(
  entry: ClientEntry,
  written: string,
  production: boolean,
  secrets: readonly EntrySecret[],
): ClientEntry {
  const { clientId, registeredAt = 0, registeredBy = "", disabledAt } = entry;
  const stored = { clientId, metadata: written, registeredAt, registeredBy };
  const { metadata, problems } = judgeStored(stored, production);
  const served = disabledAt === undefined ? metadata : undefined;
  return { ...entry, metadata, served, problems, secrets, written };
}

function state(
  metadata: ClientMetadata | undefined,
  suspension: Suspension | undefined,
  registeredAt: number,
): Pick<ClientEntry, "metadata" | "served" | "disabledAt" | "servedSince"> {
  const disabledAt = suspension?.enabledAt === undefined ? suspension?.disabledAt : undefined;
  return {
    metadata,
    served: disabledAt === undefined ? metadata : undefined,
    disabledAt,
    servedSince: Math.max(registeredAt, suspension?.enabledAt ?? 0),
  };
}
