import { type JsonWebKey, generateKeyPairSync } from "node:crypto";
import type { JWK } from "oidc-provider";
import type { Clock, Encryption, Random } from "../foundation/index.ts";
import type { SigningKeyStore } from "./signing-key-store.ts";

/** The algorithms this provider signs with, each with a key of its own. RS256 is mandatory (OIDC Core §15.1). */
export const signingAlgorithms = ["RS256", "PS256", "ES256", "EdDSA"] as const;

/** One of {@link signingAlgorithms}. */
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** A signing key as it is kept: private, encrypted at rest. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly state: "next" | "current" | "previous";
  readonly encryptedJwk: string;
  readonly createdAt: number;
}

/** What the keys are made with. */
export interface SigningKeyParts {
  readonly store: SigningKeyStore;
  readonly encryption: Encryption;
  readonly random: Random;
  readonly clock: Clock;
}

/**
 * The private key set of the provider. An algorithm without a key gets one: on an empty database two
 * nodes that start at once agree, because the unique index takes only the first.
 */
export async function loadSigningKeys(parts: SigningKeyParts): Promise<{ keys: JWK[] }> {
  const known = new Set((await parts.store.list()).map((key) => key.alg));
  for (const alg of signingAlgorithms.filter((each) => !known.has(each))) {
    await parts.store.insert(makeKey(parts, alg));
  }
  const kept = await parts.store.list();
  return {
    keys: kept.map(
      (key) => JSON.parse(parts.encryption.decrypt(key.encryptedJwk, place(key.kid))) as JWK,
    ),
  };
}

function makeKey(
  { random, encryption, clock }: SigningKeyParts,
  alg: SigningAlgorithm,
): SigningKey {
  const kid = random.identifier();
  const jwk = { ...generateJwk(alg), kid, alg, use: "sig" };
  return {
    kid,
    alg,
    state: "current",
    encryptedJwk: encryption.encrypt(JSON.stringify(jwk), place(kid)),
    createdAt: clock.epochSeconds(),
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
