import { dirname, join } from "node:path";
import {
  ConfigurationError,
  type ConfigurationProblem,
  type Settings,
} from "../operations/index.ts";
import type { ValidatedClients } from "./client-metadata.ts";
import type { ClientProblem } from "./client-problem.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import { readDeclaredClients } from "./declared-clients.ts";
import { type ResourceServer, readDeclaredResources } from "./declared-resources.ts";

type DeclarationSettings = Pick<Settings, "clientsFile" | "placeholder" | "production">;

/** What stands in files beside the sources: the declared clients, and the resource servers they may ask for. */
export interface Declarations {
  readonly declared: readonly ClientMetadata[];
  readonly resources: readonly ResourceServer[];
}

/** What is ours beside them, and no file may declare anew. */
export interface OwnDeclarations {
  /** Our own pages: clients of the provider without being declared. */
  readonly own: readonly ClientMetadata[];
  /** Our own resource servers, which clients may ask for as for the declared ones. */
  readonly resources: readonly ResourceServer[];
}

/** The same judged, for who checks them: what a start would be refused for. */
export interface JudgedDeclarations {
  readonly clients: ValidatedClients;
  /** Those of the file as far as they can be read, after ours. */
  readonly resources: readonly ResourceServer[];
  /** Those of both files. */
  readonly problems: readonly ClientProblem[];
}

/**
 * Reads `CLIENTS_FILE`, and `resources.json` beside it.
 * @throws ConfigurationError with every problem of both
 */
export async function readDeclarations(
  settings: DeclarationSettings,
  ours: OwnDeclarations = { own: [], resources: [] },
): Promise<Declarations> {
  const { clients, resources, problems } = await judgeDeclarations(settings, ours);
  if (problems.length > 0) throw new ConfigurationError(problems.map(settingProblem));
  return { declared: clients.clients ?? [], resources };
}

/** Judges both files, and each by the other. */
export async function judgeDeclarations(
  settings: DeclarationSettings,
  ours: OwnDeclarations,
): Promise<JudgedDeclarations> {
  const { clientsFile, placeholder } = settings;
  const resourcesFile = join(dirname(clientsFile), "resources.json");
  const clients = await readDeclaredClients(clientsFile, settings);
  const servers = await readDeclaredResources(resourcesFile, placeholder);
  const declared = clients.clients ?? [];
  const resources = [...ours.resources, ...(servers.resources ?? [])];
  const problems = [
    ...(clients.problems ?? []),
    ...takenClients(clientsFile, declared, ours),
    ...(servers.problems ?? []),
    ...takenResources(resourcesFile, servers.resources ?? [], ours),
    // Of scopes nothing is known while the file that would have them cannot be read.
    ...(servers.resources
      ? unservedScopes({ clientsFile, resourcesFile }, declared, resources)
      : []),
  ];
  return { clients, resources, problems };
}

function settingProblem({ file, client, field, found, rule }: ClientProblem): ConfigurationProblem {
  const name = [file, client, field].filter((part) => part !== undefined).join(" ");
  return { name, found, expected: rule };
}

function takenClients(
  file: string,
  declared: readonly ClientMetadata[],
  { own }: OwnDeclarations,
): readonly ClientProblem[] {
  const rule = "must be another: it is that of the provider's own pages";
  return declared
    .filter(({ client_id: id }) => own.some((each) => each.client_id === id))
    .map(({ client_id: id }) => ({
      ...{ file, client: id, field: "client_id", found: `"${id}"`, rule },
    }));
}

function takenResources(
  file: string,
  declared: readonly ResourceServer[],
  { resources }: OwnDeclarations,
): readonly ClientProblem[] {
  const rule = "must be another: it is that of the provider's own API";
  return declared
    .filter(({ resource }) => resources.some((each) => each.resource === resource))
    .map(({ resource }) => ({
      ...{ file, client: undefined, field: "resource", found: `"${resource}"`, rule },
    }));
}

function unservedScopes(
  files: { readonly clientsFile: string; readonly resourcesFile: string },
  clients: readonly ClientMetadata[],
  resources: readonly ResourceServer[],
): readonly ClientProblem[] {
  const rule = `must be scopes that a resource server of ${files.resourcesFile} has`;
  const served = new Set(resources.flatMap(({ scopes }) => scopes));
  return clients.flatMap(({ client_id: id, scope = "" }) =>
    scope
      .split(" ")
      .filter((name) => name.includes(":") && !served.has(name))
      .map((name) => ({
        ...{ file: files.clientsFile, client: id, field: "scope", found: `"${name}"`, rule },
      })),
  );
}
