import { type JsonWebKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import type { JWK } from "oidc-provider";
import type { Clock, Encryption, Random } from "../foundation/index.ts";
import type { SealedColumn } from "../secrets/index.ts";
import { type SigningAlgorithm, type SigningKey, signingAlgorithms } from "./signing-key.ts";
import type { SigningKeyStore } from "./signing-key-store.ts";

/** What the keys are made with. */
export interface SigningKeyParts {
  readonly keyStore: SigningKeyStore;
  readonly encryption: Encryption;
  readonly random: Random;
  readonly clock: Clock;
}

/**
 * The private key set of the provider, the keys that sign first. An algorithm without a current or a
 * next key gets one: on an empty database two nodes that start at once agree, because the unique index
 * takes only the first.
 */
export async function loadSigningKeys(
  parts: SigningKeyParts,
): Promise<{ keys: JWK[]; version: string }> {
  const known = new Set((await parts.keyStore.list()).map(({ alg, state }) => `${alg} ${state}`));
  for (const alg of signingAlgorithms) {
    for (const state of ["current", "next"] as const) {
      if (!known.has(`${alg} ${state}`)) await parts.keyStore.insert(makeKey(parts, alg, state));
    }
  }
  const kept = await parts.keyStore.list();
  const decrypt = ({ kid, encryptedJwk }: SigningKey) =>
    JSON.parse(parts.encryption.decrypt(encryptedJwk, place(kid))) as JWK;
  return { keys: kept.map((key) => servingBothNames(decrypt(key))), version: keySetVersion(kept) };
}

/** What tells one set of keys from another, for a node that looks whether it changed. */
export function keySetVersion(keys: readonly SigningKey[]): string {
  return keys.map(({ kid, state }) => `${kid}:${state}`).join(" ");
}

/**
 * A key of Ed25519 says no `alg`: it signs by both of its names, `EdDSA` and `Ed25519` (RFC 9864). Of the stock clients all
 * read such a key; one that says `EdDSA` serves the other name to none, and one that says `Ed25519` is dropped by PyJWT
 * (findings/pyjwt-jwk-ed25519.sh) and by Rust's openidconnect.
 */
function servingBothNames(jwk: JWK): JWK {
  if (jwk.alg !== "EdDSA") return jwk;
  const nameless = { ...jwk };
  delete nameless.alg;
  return nameless;
}

/** The public part of a key set: what verifies our signatures. */
export function publicKeySet({ keys }: { readonly keys: readonly JWK[] }): {
  keys: (JsonWebKey & { kty: string })[];
} {
  const publicKey = (key: JWK) =>
    createPublicKey({ key: key as JsonWebKey, format: "jwk" }).export({ format: "jwk" });
  return {
    keys: keys.map((key) => {
      const { kty = "", kid = "", alg } = key;
      return { ...publicKey(key), kty, kid, ...(alg !== undefined && { alg }), use: "sig" };
    }),
  };
}

/** Whether a kept key can be read with the encryption keys given now. */
export function decryptsSigningKey(
  { kid, encryptedJwk }: Pick<SigningKey, "kid" | "encryptedJwk">,
  encryption: Pick<Encryption, "decrypt">,
): boolean {
  try {
    encryption.decrypt(encryptedJwk, place(kid));
    return true;
  } catch {
    return false;
  }
}

/** A new key pair, encrypted. */
export function makeKey(
  { random, encryption, clock }: Omit<SigningKeyParts, "keyStore">,
  alg: SigningAlgorithm,
  state: "current" | "next",
): SigningKey {
  const kid = random.identifier();
  const now = clock.epochSeconds();
  const jwk = { ...generateJwk(alg), kid, alg, use: "sig" };
  return {
    kid,
    alg,
    state,
    encryptedJwk: encryption.encrypt(JSON.stringify(jwk), place(kid)),
    createdAt: now,
    currentSince: state === "current" ? now : undefined,
    retiredAt: undefined,
  };
}

function generateJwk(alg: SigningAlgorithm): JsonWebKey {
  if (alg === "EdDSA") return generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  if (alg === "ES256") {
    return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  }
  return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
}

function place(kid: string): string {
  return `signing-key:${kid}`;
}

/** What is sealed of them. */
export const sealedSigningKeys: SealedColumn = {
  table: "signing_keys",
  key: "kid",
  column: "encrypted_jwk",
  place,
};
