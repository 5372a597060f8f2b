import type Provider from "oidc-provider";
import { type Adapter, type AdapterPayload, type Client, errors } from "oidc-provider";
import {
  type ClientDirectory,
  type ClientMetadata,
  type Sectors,
  signalScopes,
} from "../clients/index.ts";

/** What the provider asks of the client directory, at each use of a client. */
export type ServedClients = Pick<ClientDirectory, "find" | "servedSince" | "secretMatches">;

/** What the library's clients are made with. */
export interface ClientAdapterOptions {
  /**
   * Stands where the library demands a secret. It must be random: were the library ever to derive a key from it, nobody could
   * know that key.
   */
  readonly unusedSecret: string;
  /** Every scope that is served. */
  readonly scopes: ReadonlySet<string>;
}

/**
 * The library's `Client` model, read from the directory: both kinds of clients, never the library's own
 * static list, which it would keep for ever. A disabled client is not found. The library is given a fresh
 * plain object at each call, for it may change what it is given.
 * While `SIGNALS` is off a client that names their scopes is served without them: the library would refuse it whole.
 */
export function clientAdapter(
  clients: ServedClients,
  { unusedSecret, scopes }: ClientAdapterOptions,
): Adapter {
  const payload = (client: ClientMetadata): AdapterPayload =>
    JSON.parse(
      JSON.stringify({
        ...client,
        ...secretOf(client, unusedSecret),
        ...scopeOf(client, scopes),
      }),
    ) as AdapterPayload;
  return {
    find: (clientId) => {
      const client = clients.find(clientId);
      return Promise.resolve(client && payload(client));
    },
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
    upsert: () => Promise.reject(unchanged()),
    consume: () => Promise.reject(unchanged()),
    destroy: () => Promise.reject(unchanged()),
    revokeByGrantId: () => Promise.resolve(),
  };
}

/**
 * Keeps the library's client, with the keys it fetched, as long as the directory keeps the metadata it
 * was made of. The library itself hashes the metadata at each look-up (10 µs), and keeps no more than 100 clients
 * (100 µs and every `jwks_uri` again for each one above; `bench/client-lookup.ts`).
 */
export function keepClients(
  { Client }: Provider,
  clients: ServedClients,
  sectors: Pick<Sectors, "problem">,
): void {
  const make = Client.find.bind(Client);
  const made = new WeakMap<ClientMetadata, Client>();
  Client.find = async (clientId) => {
    const metadata = clients.find(clientId);
    if (!metadata) return undefined;
    const kept = made.get(metadata);
    if (kept) return kept;
    // The library would ask at each use for as long as it fails: here the failure is remembered for a minute.
    const problem = await sectors.problem(metadata);
    if (problem !== undefined) {
      throw new errors.InvalidClientMetadata(`sector_identifier_uri ${problem}`);
    }
    const client = await make(clientId);
    // The directory may have changed while the client was made: then the next look-up makes another.
    if (client && clients.find(clientId) === metadata) made.set(metadata, client);
    return client;
  };
}

/**
 * Secrets are compared by the directory, as digests: the library never holds one.
 * @see https://github.com/panva/node-oidc-provider/discussions/631
 */
export function compareSecretsByDigest(provider: Provider, clients: ServedClients): void {
  provider.Client.prototype.compareClientSecret = function (presented) {
    return clients.secretMatches(this.clientId, presented);
  };
}

/**
 * Whether what was issued to a client may still be used: not while the client is disabled, and never
 * what is older than its registration or than the end of its last suspension.
 * @param issuedAt epoch seconds
 */
export function isIssuedToServed(
  clients: ServedClients,
  { clientId, iat: issuedAt }: Pick<AdapterPayload, "clientId" | "iat">,
): boolean {
  if (clientId === undefined) return true;
  const since = clients.servedSince(clientId);
  return since !== undefined && (issuedAt ?? 0) >= since;
}

function secretOf(
  { token_endpoint_auth_method: method }: ClientMetadata,
  unusedSecret: string,
): { client_secret?: string } {
  return method === "none" || method === "private_key_jwt" ? {} : { client_secret: unusedSecret };
}

function scopeOf({ scope }: ClientMetadata, served: ReadonlySet<string>): { scope?: string } {
  if (typeof scope !== "string") return {};
  const off = signalScopes.filter((each) => !served.has(each));
  const kept = scope.split(" ").filter((name) => !off.some((each) => each === name));
  return { scope: kept.join(" ") };
}

function unchanged(): Error {
  return new Error("the library changes no client: ClientRegistry does");
}
