import { ClientEditing } from "../../src/clients/client-editing.ts";
import { DynamicRegistration } from "../../src/clients/dynamic-registration.ts";
import {
  ClientDirectory,
  type ClientMetadata,
  ClientRegistry,
  validateClients,
} from "../../src/clients/index.ts";
import { systemRandom } from "../../src/foundation/index.ts";
import { type SecurityEvent, createLogger } from "../../src/operations/index.ts";
import { type Database, type Transaction, openDatabase } from "../../src/storage/index.ts";
import { type DatabaseKind, migrated } from "../support/databases.ts";
import { production } from "./fixtures.ts";

/** A second that the tests call now; `clock.now` may be moved. */
export const noon = 1_800_000_000;

/** One node: its connection, its directory and its registry. */
export interface ClientNode {
  readonly database: Database;
  readonly directory: ClientDirectory;
  readonly registry: ClientRegistry;
  readonly editing: ClientEditing;
  readonly registration: DynamicRegistration;
}

/** A database with the clients of a few nodes, and what they recorded and logged. */
export interface ClientRegister {
  readonly clock: { now: number };
  readonly events: SecurityEvent[];
  readonly log: string[];
  /** What happens while what a client names elsewhere is looked at; nothing unless a test says so. */
  readonly elsewhere: { meanwhile: () => Promise<unknown> };
  /** Who may change no client (any more). */
  readonly barred: Set<string>;
  /** A new node that has read the database. */
  readonly node: (declared?: readonly object[]) => Promise<ClientNode>;
  /** A new node that has not. */
  readonly closedNode: (declared?: readonly object[]) => ClientNode;
  readonly drop: () => Promise<void>;
}

/** The text of one client to register. */
export function clientText(clientId: string, metadata: object = {}): string {
  const redirect_uris = [`https://${clientId}.example/callback`];
  return JSON.stringify({ client_id: clientId, redirect_uris, ...metadata });
}

/** Opens and migrates a database of this kind. */
export async function createClientRegister(
  create: DatabaseKind["create"],
): Promise<ClientRegister> {
  const testDatabase = await create(migrated);
  const clock = { now: noon };
  const events: SecurityEvent[] = [];
  const log: string[] = [];
  const barred = new Set<string>();
  const elsewhere = { meanwhile: (): Promise<unknown> => Promise.resolve() };
  const opened: Database[] = [];
  const ours = {
    epochSeconds: () => clock.now,
    epochMilliseconds: () => clock.now * 1000,
  };
  const destination = { write: (line: string) => log.push(line) };
  const logger = createLogger({ level: "info", format: "json", clock: ours, destination });
  const open = () => {
    const database = openDatabase(testDatabase.url);
    opened.push(database);
    return database;
  };
  const closedNode = (declared: readonly object[] = []): ClientNode => {
    const database = open();
    const shared = { database, clock: ours, logger, production: true };
    const clients = declaredClients(declared);
    const directory = new ClientDirectory({
      ...shared,
      declared: clients,
      clientsFile: "clients.json",
    });
    const parts = {
      ...shared,
      random: systemRandom,
      directory,
      remoteProblems: async () => {
        await elsewhere.meanwhile();
        return [];
      },
      authorize: (_: Transaction, actor: string) =>
        barred.has(actor) ? Promise.reject(new Error(`${actor} may not`)) : Promise.resolve(),
      recordSoon: (_: Transaction, told: readonly SecurityEvent[]) =>
        Promise.resolve(() => {
          events.push(...told);
          return Promise.resolve();
        }),
    };
    const registry = new ClientRegistry(parts);
    const editing = new ClientEditing(parts);
    return { database, directory, registry, editing, registration: new DynamicRegistration(parts) };
  };
  return {
    clock,
    events,
    log,
    elsewhere,
    barred,
    closedNode,
    node: async (declared) => {
      const made = closedNode(declared);
      await made.directory.open();
      return made;
    },
    drop: async () => {
      for (const database of opened) await database.close();
      await testDatabase.drop();
    },
  };
}

function declaredClients(metadata: readonly object[]): readonly ClientMetadata[] {
  const { clients, problems } = validateClients("clients.json", metadata, production);
  if (problems) throw new Error(JSON.stringify(problems));
  return clients;
}
