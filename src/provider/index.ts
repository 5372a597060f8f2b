/**
 * The provider: oidc-provider as this house configures it. Discovery, authorization, tokens, userinfo,
 * introspection, revocation and sign-out are the library's; ours are its adapter, the claims, the
 * grants frozen to an establishment, the questions an authorization asks, and the signing keys.
 * URLs: `/interaction/:uid` and the library's. Table: `signing_keys`.
 */
export { authenticationLevels } from "./authentication-levels.ts";
export { type PreviewClaims } from "./claims-preview.ts";
export { type EndingReason, type LogoutNotice } from "./back-channel-logout.ts";
export { type Holdings } from "./holdings.ts";
export { openProvider } from "./open.ts";
export type { ProviderActs } from "./provider-acts.ts";
export { type FindProgramToken } from "./program-tokens.ts";
export { type Revocation } from "./revocation.ts";
export { ownClient } from "./own-client.ts";
export { SigningKeyStore } from "./signing-key-store.ts";
export { decryptsSigningKey } from "./signing-keys.ts";
export { publishedForSeconds, revokeKey, rotateKeys } from "./key-rotation.ts";
