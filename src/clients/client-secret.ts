import { type Random, matchesDigest } from "../foundation/index.ts";

/**
 * A new client secret: 256 bits as 43 characters. A random secret needs no slow hash: nobody can try them
 * all, and argon2 at the token endpoint would starve it.
 */
export function newClientSecret(random: Random): string {
  return random.secret();
}

/**
 * Whether the secret a client presents is one of its own, without telling by its time which, how much of
 * it is right, or how long it is.
 * @param digests of the secrets that are valid now (SHA-256): two during a rotation, none for a client without
 */
export function clientSecretMatches(digests: readonly string[], presented: string): boolean {
  const judged = digests.map((digest) => matchesDigest(presented, digest));
  return judged.includes(true);
}
