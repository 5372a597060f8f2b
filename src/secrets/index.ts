/**
 * Secrets: what the register keeps sealed by `ENCRYPTION_KEYS`, and what never changes though these rotate: the secret that
 * subjects, counters and references derive from, made once. It makes anew by the newest key what older keys hold in every
 * room's tables, and counts what each key still holds. Table: `kept_secrets`, which the house claims. No URL.
 */
export { type SecretFor, openIdentity, proveIdentity } from "./identity.ts";
export { type KeptSecrets, keptSecretPlace, keptSecrets } from "./kept-secrets.ts";
export { type SealedColumn } from "./sealed-column-store.ts";
export { type KeyHolding, type Sealed, keyHoldings, renewAll, sealedColumn } from "./sealing.ts";
