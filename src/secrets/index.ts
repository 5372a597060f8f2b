/**
 * Secrets: what the register keeps sealed by `ENCRYPTION_KEYS`, and what never changes though these rotate: the secret that
 * subjects, counters and references derive from, made once. It seals every room's columns anew by the newest key, and counts
 * what each key still holds. Table: `kept_secrets`, which the house claims. No URL.
 */
export { type IdentityParts, type SecretFor, keptSecretPlace, openIdentity } from "./identity.ts";
export { type SealedColumn } from "./sealed-column-store.ts";
export {
  type KeyHolding,
  type Resealed,
  type SealingParts,
  keyHoldings,
  resealed,
} from "./sealing.ts";
