import { dirname, join } from "node:path";
import {
  ConfigurationError,
  type ConfigurationProblem,
  type Settings,
} from "../operations/index.ts";
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

/**
 * Reads `CLIENTS_FILE`, and `resources.json` beside it.
 * @throws ConfigurationError with every problem of both
 */
export async function readDeclarations(
  settings: DeclarationSettings,
  ours: OwnDeclarations = { own: [], resources: [] },
): Promise<Declarations> {
  const { clientsFile, placeholder } = settings;
  const resourcesFile = join(dirname(clientsFile), "resources.json");
  const clients = await readDeclaredClients(clientsFile, settings);
  const servers = await readDeclaredResources(resourcesFile, placeholder);
  const declared = clients.clients ?? [];
  const resources = [...ours.resources, ...(servers.resources ?? [])];
  const problems = [
    ...(clients.problems ?? []).map(settingProblem),
    ...takenClients(clientsFile, declared, ours),
    ...(servers.problems ?? []).map(settingProblem),
    ...takenResources(resourcesFile, servers.resources ?? [], ours),
    // Of scopes nothing is known while the file that would have them cannot be read.
    ...(servers.resources
      ? unservedScopes({ clientsFile, resourcesFile }, declared, resources)
      : []),
  ];
  if (problems.length > 0 || !servers.resources) throw new ConfigurationError(problems);
  return { declared, resources };
}

function settingProblem({ file, client, field, found, rule }: ClientProblem): ConfigurationProblem {
  const name = [file, client, field].filter((part) => part !== undefined).join(" ");
  return { name, found, expected: rule };
}

function takenClients(
  file: string,
  declared: readonly ClientMetadata[],
  { own }: OwnDeclarations,
): readonly ConfigurationProblem[] {
  return declared
    .filter(({ client_id: id }) => own.some((each) => each.client_id === id))
    .map(({ client_id: id }) => ({
      name: `${file} ${id} client_id`,
      found: `"${id}"`,
      expected: "must be another: it is that of the provider's own pages",
    }));
}

function takenResources(
  file: string,
  declared: readonly ResourceServer[],
  { resources }: OwnDeclarations,
): readonly ConfigurationProblem[] {
  return declared
    .filter(({ resource }) => resources.some((each) => each.resource === resource))
    .map(({ resource }) => ({
      name: `${file} resource`,
      found: `"${resource}"`,
      expected: "another: it is that of the provider's own API",
    }));
}

function unservedScopes(
  files: { readonly clientsFile: string; readonly resourcesFile: string },
  clients: readonly ClientMetadata[],
  resources: readonly ResourceServer[],
): readonly ConfigurationProblem[] {
  const served = new Set(resources.flatMap(({ scopes }) => scopes));
  return clients.flatMap(({ client_id: id, scope = "" }) =>
    scope
      .split(" ")
      .filter((name) => name.includes(":") && !served.has(name))
      .map((name) => ({
        name: `${files.clientsFile} ${id} scope`,
        found: `"${name}"`,
        expected: `scopes that a resource server of ${files.resourcesFile} has`,
      })),
  );
}
