import type { Configuration } from "oidc-provider";

/** `Ed25519` is `EdDSA` by the name of RFC 9864: one key serves both. */
const signatures = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"] as const;

/** What signs and encrypts what is sent, each way. */
export const enabledAlgorithms: NonNullable<Configuration["enabledJWA"]> = {
  idTokenSigningAlgValues: [...signatures],
  userinfoSigningAlgValues: [...signatures],
  introspectionSigningAlgValues: [...signatures],
  clientAuthSigningAlgValues: [...signatures],
  requestObjectSigningAlgValues: [...signatures],
  dPoPSigningAlgValues: ["ES256", "PS256", "RS256", "EdDSA", "Ed25519"],
  userinfoEncryptionAlgValues: ["RSA-OAEP-256", "ECDH-ES"],
  userinfoEncryptionEncValues: ["A128CBC-HS256", "A256GCM"],
  idTokenEncryptionAlgValues: [],
  idTokenEncryptionEncValues: [],
  introspectionEncryptionAlgValues: [],
  introspectionEncryptionEncValues: [],
  requestObjectEncryptionAlgValues: [],
  requestObjectEncryptionEncValues: [],
};
