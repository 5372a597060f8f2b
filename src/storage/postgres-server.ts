import { setTimeout as pause } from "node:timers/promises";
import type pg from "pg";
import { postgresServers } from "../foundation/index.ts";
import { DatabaseFault, databaseFault } from "./database-fault.ts";
import { type PoolerMode, poolerMode } from "./pooler.ts";
import { type PoolName, type PoolState, Pools } from "./pools.ts";
import { type ClientLimits, PostgresClient } from "./postgres-client.ts";

/** How a database is asked. */
export interface DatabaseLimits {
  /** `DATABASE_POOL`: connections a pool. */
  readonly connections: number;
  /** `DATABASE_TIMEOUT`: seconds a statement may take; undefined: as long as it takes (migrations). */
  readonly timeoutSeconds: number | undefined;
}

/** Unless told, as a node is by `DATABASE_POOL` and `DATABASE_TIMEOUT`: a command has more patience than a request. */
export const defaultLimits: DatabaseLimits = { connections: 8, timeoutSeconds: 20 };

/** What is seen of a database that is watched. */
export interface DatabaseWatch {
  /** It cannot be asked any more (a fault), or can again (undefined). */
  readonly changed: (fault: DatabaseFault | undefined) => void;
  /** What its clock says at this moment, at each sign of life: epoch milliseconds. */
  readonly clock: (epochMilliseconds: number) => void;
}

/** A sign of life is asked for so often. */
const beatMilliseconds = 1000;
/** While there is none. */
const retryMilliseconds = 300;
/** Nothing at all was heard for so long, though something was asked: it is silent. */
const silenceMilliseconds = 2000;
/** Between two looks, and what is left to read in when this process was held up itself. */
const lookMilliseconds = 250;
/** A close waits so long for a server that does not answer. */
const closeMilliseconds = 1000;

/**
 * A PostgreSQL database as one process sees it: which of its servers takes writes, and whether it answers at all. Pools
 * of connections stand on it. While it is watched, a server that is silent ends all that waits for it, and what
 * is asked meanwhile is refused at once; the next sign of life ends that.
 */
export class PostgresServer {
  readonly #servers: readonly string[];
  readonly #limits: DatabaseLimits;
  readonly #pools = new Pools();
  readonly #clients = new Set<PostgresClient>();
  readonly #closing = new AbortController();
  #writable: string | undefined;
  #locating: Promise<string> | undefined;
  #fault: DatabaseFault | undefined;
  #heardAt = 0;
  #watching: Promise<void> | undefined;

  constructor(url: string, limits: DatabaseLimits) {
    const servers = postgresServers(url);
    if (!servers) throw new Error("DATABASE_URL is not an address of PostgreSQL");
    this.#servers = servers;
    this.#limits = limits;
    if (servers.length === 1) this.#writable = servers[0];
  }

  /** Why it cannot be asked now. */
  get fault(): DatabaseFault | undefined {
    return this.#fault;
  }

  /**
   * Which mode a pooler in between is in; undefined: there is none.
   * @throws DatabaseFault when the database does not answer
   */
  async pooler(): Promise<PoolerMode | undefined> {
    if ([...this.#clients].some(({ isPooled }) => !isPooled)) return undefined;
    const address = await this.locate();
    const clients = [await this.#connected(address)];
    try {
      const [one] = clients;
      if (!one?.isPooled) return undefined;
      const other = await this.#connected(address);
      clients.push(other);
      return await poolerMode(one, other);
    } catch (error) {
      // One that has lent all it has: no second connection is served.
      if (clients[0]?.isPooled) return "unknown";
      throw error;
    } finally {
      for (const client of clients) void client.end().catch(() => undefined);
    }
  }

  /** How many connections each pool has at this moment. */
  pools(): readonly PoolState[] {
    return this.#pools.states();
  }

  /** A pool of connections to the server that takes writes, whichever that is at the time. */
  openPool(name: PoolName): pg.Pool {
    const { connections, timeoutSeconds } = this.#limits;
    // What stands in the register's is planned for its values: searches, lists, purges.
    const limits = { ...clientLimits(timeoutSeconds), plansOnce: name === "prepared" };
    const Client = clientsOf(this, this.#servers[0] ?? "", limits);
    return this.#pools.open(name, { Client, connections, limits });
  }

  /** Looks for signs of life until it is closed. @returns once it has looked for the first time */
  watch(watch: DatabaseWatch): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#watching ??= this.#watch(watch, () => resolve(undefined));
    return promise;
  }

  /** Ends every connection; what still runs is given a second. */
  async close(): Promise<void> {
    this.#closing.abort();
    // It also keeps the process alive until all has ended: idle connections do not.
    const late = setTimeout(() => this.#dropAll(), closeMilliseconds);
    await Promise.all([this.#watching, this.#pools.end()]);
    clearTimeout(late);
  }

  /** The server that takes writes, by its address. @throws DatabaseFault when none does */
  async locate(): Promise<string> {
    if (this.#writable !== undefined) return this.#writable;
    this.#locating ??= this.#findWritable().finally(() => (this.#locating = undefined));
    return this.#locating;
  }

  /** A connection was refused, or only reads: where there are several servers, another one is looked for. */
  doubt(address: string): void {
    if (this.#servers.length > 1 && this.#writable === address) this.#writable = undefined;
  }

  /** A client of a pool is connected. */
  opened(client: PostgresClient): void {
    this.#clients.add(client);
    client.once("end", () => this.#clients.delete(client));
  }

  /** An answer came. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  #dropAll(): void {
    for (const client of this.#clients) client.drop();
  }

  async #findWritable(): Promise<string> {
    try {
      const found = await Promise.any(this.#servers.map((address) => this.#ifWritable(address)));
      this.#writable = found;
      return found;
    } catch (error) {
      const [first] = (error as AggregateError).errors as unknown[];
      throw databaseFault(first) ?? new DatabaseFault("no-server-takes-writes", { cause: error });
    }
  }

  async #ifWritable(address: string): Promise<string> {
    const client = await this.#connected(address);
    void client.end();
    return address;
  }

  async #watch(watch: DatabaseWatch, looked: () => void): Promise<void> {
    const { signal } = this.#closing;
    let client: PostgresClient | undefined;
    while (!signal.aborted) {
      try {
        client ??= await this.#connected(await this.locate());
        watch.clock(await this.#beat(client));
        if (this.#fault) watch.changed((this.#fault = undefined));
      } catch (error) {
        client?.drop();
        client = undefined;
        this.#missed(error, watch);
      }
      looked();
      const next = client ? beatMilliseconds : retryMilliseconds;
      await pause(next, undefined, { ref: false, signal }).catch(() => undefined);
    }
    await client?.end();
  }

  async #connected(address: string): Promise<PostgresClient> {
    const client = new PostgresClient(undefined, address, clientLimits(undefined));
    await client.open();
    client.unref();
    this.opened(client);
    return client;
  }

  /** As long as others are answered, it waits on. */
  async #beat(client: PostgresClient): Promise<number> {
    const begin = performance.now();
    const beat = client.clock();
    let silentLooks = 0;
    while (silentLooks < 2) {
      const look = pause(lookMilliseconds);
      const now = await Promise.race([beat, look]);
      if (now !== undefined) {
        this.heard();
        return now;
      }
      const heardAt = Math.max(begin, this.#heardAt);
      silentLooks = performance.now() - heardAt < silenceMilliseconds ? 0 : silentLooks + 1;
    }
    beat.catch(() => undefined);
    throw new DatabaseFault("no-answer");
  }

  /** One connection that breaks says nothing of the others. */
  #missed(error: unknown, watch: DatabaseWatch): void {
    for (const address of this.#servers) this.doubt(address);
    if (this.#closing.signal.aborted) return;
    if (this.#fault || performance.now() - this.#heardAt < silenceMilliseconds) return;
    this.#fault = databaseFault(error) ?? new DatabaseFault("no-answer", { cause: error });
    this.#dropAll();
    watch.changed(this.#fault);
  }
}

/** The class that a pool makes its connections of. */
function clientsOf(home: PostgresServer, address: string, limits: ClientLimits) {
  return class extends PostgresClient {
    constructor() {
      super(home, address, limits);
    }
  };
}

/** Locks are waited for, and connections, half as long as a statement may take: an answer comes within one time limit. */
function clientLimits(timeoutSeconds: number | undefined): ClientLimits {
  if (timeoutSeconds === undefined) {
    return { statementMilliseconds: undefined, connectMilliseconds: silenceMilliseconds };
  }
  const statementMilliseconds = timeoutSeconds * 1000;
  return { statementMilliseconds, connectMilliseconds: statementMilliseconds / 2 };
}
