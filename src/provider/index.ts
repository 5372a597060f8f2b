/**
 * The provider: oidc-provider as this house configures it. Discovery, authorization, tokens, userinfo,
 * introspection, revocation and sign-out are the library's; ours are its adapter, the claims, the
 * grants frozen to an establishment, the questions an authorization asks, and the signing keys.
 * URLs: `/interaction/:uid` and the library's. Table: `signing_keys`.
 */
export { authenticationLevels } from "./authentication-levels.ts";
export { type AccountFinder, createAccountFinder } from "./account-finder.ts";
export { type PreviewClaims, type ScopeClaims, createClaimsPreview } from "./claims-preview.ts";
export { consentQuestion } from "./consent-question.ts";
export { choiceQuestion } from "./choice-question.ts";
export { noAccessQuestion } from "./establishment-questions.ts";
export { errorDocumentation } from "./error-documentation.ts";
export { journeyOf, withInteraction } from "./interaction.ts";
export { type ServedLibrary, createLibrary } from "./library.ts";
export { interactionRoutes } from "./interactions.ts";
export { leavesByPage } from "./leaving.ts";
export {
  type EndingReason,
  type LogoutNotice,
  type LogoutNotices,
  type SessionsEndedWithin,
  createLogoutNotices,
  tellByNotices,
} from "./back-channel-logout.ts";
export { postedRequests } from "./posted-requests.ts";
export { openProvider } from "./open.ts";
export type { ProviderActs } from "./provider-acts.ts";
export type { ProviderPorts } from "./provider-ports.ts";
export { createProvider } from "./provider.ts";
export { type FindProgramToken, type ProgramToken } from "./program-tokens.ts";
export { type Revocation, createRevocation } from "./revocation.ts";
export { endsGrantsAtSignOut, providerPages } from "./provider-pages.ts";
export { ownClient } from "./own-client.ts";
export { createCurrentSession, createOwnSessions, createSessionExport } from "./own-sessions.ts";
export { ownSignInRoutes } from "./own-sign-in.ts";
export { secondFactorQuestion } from "./second-factor-question.ts";
export { createQuestion, signInQuestion } from "./sign-in-question.ts";
export { createSignOut } from "./sign-out.ts";
export { publishedDocuments } from "./published-documents.ts";
export { readOncePerRequest } from "./request-reads.ts";
export { readBesideOnce } from "./grant-reads.ts";
export { SigningKeyStore } from "./signing-key-store.ts";
export { decryptsSigningKey, loadSigningKeys, publicKeySet } from "./signing-keys.ts";
export { type SigningKey } from "./signing-key.ts";
export {
  type KeyRotationParts,
  type RevokedKey,
  type RotationReason,
  publishedForSeconds,
  revokeKey,
  rotateKeys,
  rotateWhenDue,
} from "./key-rotation.ts";
