import { type Random, digest, matchesDigest } from "../foundation/index.ts";

/**
 * A new client secret: 256 bits as 43 characters. A random secret needs no slow hash: nobody can try them
 * all, and argon2 at the token endpoint would starve it.
 */
export function newClientSecret(random: Random): string {
  return random.secret();
}

/**
 * Whether the secret a client presents is its own, without telling by its time how much of it is right or
 * how long it is: both are compared as SHA-256 digests. For `provider.Client.prototype.compareClientSecret`.
 * @param stored the secret of a declared client, from the environment; a client without one matches nothing
 */
export function clientSecretMatches(stored: string | undefined, presented: string): boolean {
  const own = digest(stored ?? "");
  return matchesDigest(presented, own) && stored !== undefined && stored !== "";
}
