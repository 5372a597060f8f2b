import { dirname, join } from "node:path";
import { ConfigurationError, type Settings } from "../operations/index.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import { readDeclaredClients } from "./declared-clients.ts";
import { type ResourceServer, readDeclaredResources } from "./declared-resources.ts";

type DeclarationSettings = Pick<Settings, "clientsFile" | "placeholder" | "production">;

/** What stands in files beside the sources: the declared clients, and the resource servers they may ask for. */
export interface Declarations {
  readonly declared: readonly ClientMetadata[];
  readonly resources: readonly ResourceServer[];
}

/**
 * Reads `CLIENTS_FILE`, and `resources.json` beside it.
 * @param own the resource servers of our own, which clients may ask for as for the declared ones
 * @throws ConfigurationError with every problem of the file that has some
 */
export async function readDeclarations(
  settings: DeclarationSettings,
  own: readonly ResourceServer[] = [],
): Promise<Declarations> {
  const declared = await declaredClients(settings);
  return { declared, resources: await declaredResources(settings, declared, own) };
}

async function declaredClients(settings: DeclarationSettings): Promise<readonly ClientMetadata[]> {
  const read = await readDeclaredClients(settings.clientsFile, settings);
  if (read.clients) return read.clients;
  const problems = read.problems.map(({ file, client, field, found, rule }) => ({
    name: [file, client, field].filter((part) => part !== undefined).join(" "),
    found,
    expected: rule,
  }));
  throw new ConfigurationError(problems);
}

/** `resources.json` beside `CLIENTS_FILE`. */
async function declaredResources(
  settings: DeclarationSettings,
  clients: readonly ClientMetadata[],
  own: readonly ResourceServer[],
): Promise<readonly ResourceServer[]> {
  const file = join(dirname(settings.clientsFile), "resources.json");
  const read = await readDeclaredResources(file, settings.placeholder);
  const { problems } = read;
  const resources = [...own, ...read.resources];
  const served = new Set(resources.flatMap(({ scopes }) => scopes));
  const unserved = clients.flatMap(({ client_id: id, scope = "" }) =>
    scope
      .split(" ")
      .filter((name) => name.includes(":") && !served.has(name))
      .map((name) => ({
        name: `${settings.clientsFile} ${id} scope`,
        found: `"${name}"`,
        expected: `scopes that a resource server of ${file} has`,
      })),
  );
  const taken = read.resources
    .filter(({ resource }) => own.some((each) => each.resource === resource))
    .map(({ resource }) => ({
      name: `${file} resource`,
      found: `"${resource}"`,
      expected: "another: it is that of the provider's own API",
    }));
  const unread = problems.map((line) => ({
    name: file,
    found: line,
    expected: "what is said there",
  }));
  const wrong = [...unread, ...taken, ...unserved];
  if (wrong.length > 0) throw new ConfigurationError(wrong);
  return resources;
}
