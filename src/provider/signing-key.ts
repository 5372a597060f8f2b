/** The algorithms this provider has keys for, one each. RS256 is mandatory (OIDC Core §15.1). */
export const signingAlgorithms = ["RS256", "PS256", "ES256", "EdDSA"] as const;

/** One of {@link signingAlgorithms}. */
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** A signing key as it is kept: private, encrypted at rest. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** `next` is published and does not sign yet, `current` signs, `previous` only verifies. */
  readonly state: "next" | "current" | "previous";
  readonly encryptedJwk: string;
  readonly createdAt: number;
  readonly currentSince: number | undefined;
  readonly retiredAt: number | undefined;
}
