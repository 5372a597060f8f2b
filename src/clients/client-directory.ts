import type { Clock } from "../foundation/index.ts";
import { ConfigurationError, type Logger } from "../operations/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import {
  type ClientEntry,
  type DeclaredClient,
  type JudgedMetadata,
  declaredEntry,
  judgeStored,
  registeredEntry,
  withoutSecret,
} from "./client-entry.ts";
import { clientProblemLine } from "./client-problem.ts";
import type { RegistrationState } from "./client-invitation-store.ts";
import { clientSecretMatches } from "./client-secret.ts";
import { ClientStore, type StoredClients } from "./client-store.ts";
import type { ClientMetadata } from "./metadata-fields.ts";

/** What the directory is made of. */
export interface ClientDirectoryParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly production: boolean;
  readonly declared: readonly ClientMetadata[];
  /** Our own pages: served as declared clients are, and not listed. */
  readonly own?: readonly ClientMetadata[];
  /** The path of `CLIENTS_FILE`, for problems. */
  readonly clientsFile: string;
}

/**
 * Every client, declared and registered, in memory: a request asks no database for its client. What
 * changes in the database is followed by asking for one number each second ({@link refresh}, a job), so that it
 * reaches every node within about two seconds; a change made in this process reaches it at once.
 */
export class ClientDirectory {
  readonly #parts: ClientDirectoryParts;
  readonly #store: ClientStore;
  readonly #declared: readonly DeclaredClient[];
  readonly #own: ReadonlySet<string>;
  /** By what is stored, so that only what changed is judged again, and the rest stays the same object. */
  #judged: ReadonlyMap<string, JudgedMetadata> = new Map();
  #version: number | undefined;
  #entries: ReadonlyMap<string, ClientEntry>;
  /** Registered under a `client_id` that is declared too, and so never served. */
  #clashes: readonly ClientEntry[] = [];
  #reading: Promise<void> = Promise.resolve();
  #registration: RegistrationState = { offered: false, openUntil: undefined };

  constructor(parts: ClientDirectoryParts) {
    this.#parts = parts;
    this.#store = new ClientStore(parts.database.knex);
    this.#own = new Set(parts.own?.map((client) => client.client_id));
    this.#declared = [...parts.declared, ...(parts.own ?? [])].map(withoutSecret);
    const entries = this.#declared.map((client) => declaredEntry(client, undefined));
    this.#entries = new Map(entries.map((entry) => [entry.clientId, entry]));
  }

  /**
   * Reads the registered clients for the first time; needs a migrated database.
   * @throws ConfigurationError when a `client_id` is both declared and registered
   */
  async open(): Promise<void> {
    await this.reload();
    const { clientsFile } = this.#parts;
    if (this.#clashes.length === 0) return;
    throw new ConfigurationError(
      this.#clashes.map(({ clientId, registeredAt = 0 }) => ({
        name: `${clientsFile} ${clientId} client_id`,
        found: `"${clientId}", which is also registered in the database since ${new Date(registeredAt * 1000).toISOString()}`,
        expected: `must be unique: remove the client from ${clientsFile}, or the registered one by "lopauth client remove ${clientId}"`,
      })),
    );
  }

  /** The client with its defaults and without its secret; undefined when there is none that is served, as when it is disabled. */
  find(clientId: string): ClientMetadata | undefined {
    return this.#entries.get(clientId)?.served;
  }

  /**
   * Since when a client is served, in epoch seconds: since its registration, and since it was enabled again.
   * What was issued to it before is void. Undefined when it is not served.
   */
  servedSince(clientId: string): number | undefined {
    const entry = this.#entries.get(clientId);
    return entry?.served && entry.servedSince;
  }

  /** Whether this is a secret of a client that is valid now. */
  secretMatches(clientId: string, presented: string): boolean {
    const now = this.#parts.clock.epochSeconds();
    const valid = (this.#entries.get(clientId)?.secrets ?? []).filter(
      ({ endsAt }) => endsAt === undefined || now < endsAt,
    );
    return clientSecretMatches(
      valid.map(({ digest }) => digest),
      presented,
    );
  }

  /** Whether clients register and manage themselves here: an operator has invited somebody, or a client came by an invitation. */
  isRegistrationOffered(): boolean {
    return this.#registration.offered;
  }

  /** Whether an invitation is good now, so that discovery names where to register. */
  isRegistrationOpen(): boolean {
    const { openUntil } = this.#registration;
    return openUntil !== undefined && this.#parts.clock.epochSeconds() < openUntil;
  }

  /** One client of either kind, served or not. */
  entry(clientId: string): ClientEntry | undefined {
    return this.#entries.get(clientId);
  }

  /** Where a declared client stands: the file, and its place in it from 1; undefined for others. */
  declaredAt(clientId: string): { readonly file: string; readonly place: number } | undefined {
    const { declared, clientsFile } = this.#parts;
    const index = declared.findIndex((client) => client.client_id === clientId);
    return index < 0 ? undefined : { file: clientsFile, place: index + 1 };
  }

  /** Every client of both kinds but our own pages, served or not, ordered by `client_id`. */
  list(): readonly ClientEntry[] {
    const listed = [...this.#entries.values()].filter(({ clientId }) => !this.#own.has(clientId));
    return listed.sort((left, right) => (left.clientId < right.clientId ? -1 : 1));
  }

  /** Reads the registered clients again if anything changed since the last time. */
  async refresh(): Promise<void> {
    if ((await this.#store.version()) !== this.#version) await this.reload();
  }

  /**
   * The same in the transaction of what a client does, whichever node changed something: whom it may be done by is asked after
   * this, and stays so until the transaction ends.
   */
  async refreshWithin(transaction: Transaction): Promise<void> {
    const store = this.#store.within(transaction);
    if ((await store.holdVersion()) !== this.#version) this.#adopt(await store.load());
  }

  /** Reads the registered clients again. One reading follows another, so the last to begin is the one that holds. */
  async reload(): Promise<void> {
    const read = async () => this.#adopt(await this.#store.load());
    this.#reading = this.#reading.then(read, read);
    return this.#reading;
  }

  #adopt({ version, clients, secrets, suspensions, registration }: StoredClients): void {
    const { production, logger } = this.#parts;
    const judged = new Map<string, JudgedMetadata>();
    const suspended = new Map(suspensions.map((each) => [each.clientId, each]));
    const entries = new Map<string, ClientEntry>();
    for (const client of this.#declared) {
      const { client_id: clientId } = client.metadata;
      entries.set(clientId, declaredEntry(client, suspended.get(clientId)));
    }
    const clashes: ClientEntry[] = [];
    for (const client of clients) {
      const own = secrets.filter(({ clientId }) => clientId === client.clientId);
      const found = this.#judged.get(client.metadata) ?? judgeStored(client, production);
      judged.set(client.metadata, found);
      const entry = registeredEntry(client, found, own, suspended.get(client.clientId));
      if (entries.has(entry.clientId)) clashes.push(entry);
      else entries.set(entry.clientId, entry);
      for (const problem of entry.problems) {
        logger.error({ clientId: entry.clientId }, `not served: ${clientProblemLine(problem)}`);
      }
    }
    for (const { clientId } of clashes) {
      logger.error(
        { clientId },
        "a registered client is not served: its client_id is declared too",
      );
    }
    this.#entries = entries;
    this.#judged = judged;
    this.#clashes = clashes;
    this.#registration = registration;
    this.#version = version;
  }
}
