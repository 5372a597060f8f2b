import { Cluster, type ClusterOptions, Redis, type RedisOptions } from "ioredis";
import type { RedisAddress } from "../foundation/index.ts";
import { SentinelTlsConnector, TlsConnector, tlsOf } from "./redis-tls.ts";

/** A way to a Redis: one server (sentinels say which), or a cluster. */
export type RedisClient = Redis | Cluster;

/** How it is asked. */
export interface RedisClientLimits {
  /** What was asked and is not answered for so long breaks the connection. */
  readonly silenceMilliseconds: number;
  /**
   * Whether what was under way when a connection broke is sent again by itself, and what is asked in one turn of the event
   * loop travels together: not what waits for replicas, for the waiting is of the connection that wrote.
   */
  readonly repeats: boolean;
}

/** Connecting is given up after so long, and tried again. */
const connectMilliseconds = 2000;
/** One that is ended and does not end is broken off. */
const disconnectMilliseconds = 500;
/** A connection that broke is made again after so long at most. */
const retryMilliseconds = 300;
/** What waits for a connection is refused after so many tries. */
const mostTries = 12;
/** A cluster's nodes tell each other who is dead; which they are now is asked so often. */
const refreshMilliseconds = 5000;
/** So many redirections and repetitions, 100 ms from each other: a command ends before its patience does. */
const mostRedirections = 64;

/**
 * Opens a way, which connects at the first question, and again when it breaks. Each of our commands may be repeated. In a cluster nothing is sent together unless we say so: a neighbour's `MOVED` would reach the caller.
 */
export function openRedis(address: RedisAddress, limits: RedisClientLimits): RedisClient {
  const client = address.kind === "cluster" ? cluster(address, limits) : server(address, limits);
  // Faults are told by what is asked; without a listener each would be written to the console.
  client.on("error", () => undefined);
  return client;
}

/** What the server said. Before Redis 7 it says that a script failed, and why only at the end of the line. */
export function saidIn({ message }: Error): string {
  return /^ERR Error running script .*: -([A-Z]+ .*)/s.exec(message)?.[1] ?? message;
}

/** Whether it takes no writes, for another one is master now. */
export function isReadOnly(error: Error): boolean {
  return saidIn(error).startsWith("READONLY");
}

/**
 * Where a master was made a replica the connection is made anew, to who is master now. Who asked asks again: what ioredis
 * repeats by itself it repeats for ever, before all that comes after it.
 */
function followed(options: RedisOptions): Redis {
  let isLeft = false;
  const reconnectOnError = (error: Error) => {
    // Once a connection: each of its answers says so.
    const isNew = isReadOnly(error) && !isLeft;
    isLeft ||= isNew;
    return isNew;
  };
  return new Redis({ ...options, reconnectOnError }).on("connect", () => (isLeft = false));
}

function server(address: RedisAddress, limits: RedisClientLimits): Redis {
  const [first] = address.hosts;
  const common: RedisOptions = {
    ...shared(address, limits),
    db: address.database,
    lazyConnect: true,
    enableAutoPipelining: limits.repeats,
    autoResendUnfulfilledCommands: limits.repeats,
    maxRetriesPerRequest: mostTries,
    retryStrategy: (tries) => Math.min(tries * 50, retryMilliseconds),
  };
  if (address.kind === "server") return followed({ ...common, ...first });
  return followed({
    ...common,
    sentinels: [...address.hosts],
    ...(address.name !== undefined && { name: address.name }),
    ...(address.sentinelPassword !== undefined && { sentinelPassword: address.sentinelPassword }),
    ...(address.tls && {
      enableTLSForSentinelMode: true,
      sentinelTLS: tlsOf(address),
      Connector: SentinelTlsConnector,
    }),
    failoverDetector: true,
    sentinelRetryStrategy: (tries) => Math.min(tries * 50, retryMilliseconds),
  });
}

function cluster(address: RedisAddress, limits: RedisClientLimits): Cluster {
  const options: ClusterOptions = {
    redisOptions: shared(address, limits),
    enableAutoPipelining: false,
    lazyConnect: true,
    clusterRetryStrategy: (tries) => Math.min(tries * 50, retryMilliseconds),
    maxRedirections: mostRedirections,
    slotsRefreshInterval: refreshMilliseconds,
    // By its name, which the certificate is for.
    ...(address.tls && {
      dnsLookup: (host: string, done: (error: null, address: string) => void) => done(null, host),
    }),
  };
  return new Cluster([...address.hosts], options);
}

function shared(address: RedisAddress, { silenceMilliseconds }: RedisClientLimits): RedisOptions {
  return {
    ...(address.username !== undefined && { username: address.username }),
    ...(address.password !== undefined && { password: address.password }),
    ...(address.tls && { tls: tlsOf(address), Connector: TlsConnector }),
    connectTimeout: connectMilliseconds,
    disconnectTimeout: disconnectMilliseconds,
    socketTimeout: silenceMilliseconds,
    connectionName: "lopauth",
    disableClientInfo: true,
  };
}
