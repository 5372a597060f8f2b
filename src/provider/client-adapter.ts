import type Provider from "oidc-provider";
import type { Adapter, AdapterPayload } from "oidc-provider";
import type { ClientDirectory, ClientMetadata } from "../clients/index.ts";

/** What the provider asks of the client directory, at each use of a client. */
export type ServedClients = Pick<ClientDirectory, "find" | "servedSince" | "secretMatches">;

/**
 * The library's `Client` model, read from the directory: both kinds of clients, never the library's own
 * static list, which it would keep for ever. A disabled client is not found. The library takes a fresh
 * plain object at each call (it hashes it, and keeps the instance made of the same content).
 * @param unusedSecret stands where the library demands a secret. It must be random: were the library ever
 *   to derive a key from it, nobody could know that key.
 */
export function clientAdapter(clients: ServedClients, unusedSecret: string): Adapter {
  const texts = new WeakMap<ClientMetadata, string>();
  const textOf = (client: ClientMetadata): string => {
    const known = texts.get(client);
    if (known !== undefined) return known;
    const text = JSON.stringify({ ...client, ...secretOf(client, unusedSecret) });
    texts.set(client, text);
    return text;
  };
  return {
    find: (clientId) => {
      const client = clients.find(clientId);
      return Promise.resolve(client && (JSON.parse(textOf(client)) as AdapterPayload));
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

function unchanged(): Error {
  return new Error("the library changes no client: ClientRegistry does");
}
