/**
 * Clients: the applications that people sign in to. This room reads the declared ones (`CLIENTS_FILE`, a
 * JSON array under git, whose `${NAME}` are variables listed for it), keeps those registered at run time, judges both by one
 * validation, and serves them side by side from memory: what they are called, how they prove their secret, where their
 * people start again; and lets clients register themselves by leave of an operator. URLs: `/reg`, `/reg/:id`, `/logos/:digest`. Tables: `clients`,
 * `client_secrets`, `client_suspensions`, `clients_version`, `client_invitations`, `client_registration_tokens`, `client_logos`.
 */
export {
  type ClientProblem,
  type MetadataPath,
  type ShowValue,
  clientProblemLine,
  pathText,
  shownValue,
} from "./client-problem.ts";
export {
  type MetadataProblem,
  type Reading,
  type ValidatedClient,
  type ValidatedClients,
  validateClient,
  validateClients,
} from "./client-metadata.ts";
export { type ClientMetadata, type ClientRules } from "./metadata-fields.ts";
export { nearestName, ourMetadataNames, scopeNames, signalScopes } from "./metadata-names.ts";
export { type DeclaredClientsParts, readDeclaredClients } from "./declared-clients.ts";
export { ClientDirectory, type ClientDirectoryParts } from "./client-directory.ts";
export { type ClientEntry, type EntrySecret } from "./client-entry.ts";
export { type ClientCall, createClientCall, isPrivateAddress } from "./client-calls.ts";
export { calledRule } from "./client-addresses.ts";
export { type FileText, parseDeclaredDocument, readClientFile } from "./client-document.ts";
export {
  type ClientChangeReason,
  ClientRegistry,
  type ClientRegistryParts,
  type RegisteredClient,
  type Registration,
  type RotatedSecret,
  secretOverlapSeconds,
} from "./client-registry.ts";
export {
  DynamicRegistration,
  type DynamicRegistrationParts,
  type NewInvitation,
  invitationLifeSeconds,
} from "./dynamic-registration.ts";
export { type StoredInvitation } from "./client-invitation-store.ts";
export { type ClientActs, type ClientPorts, openClients } from "./open.ts";
export { registrationPath, registrationRoutes } from "./registration-routes.ts";
export { type Declarations, readDeclarations } from "./declarations.ts";
export { type ResourceServer } from "./declared-resources.ts";
export { type PlaceholderLookup } from "./placeholders.ts";
export { clientSecretMatches, newClientSecret } from "./client-secret.ts";
export { type Sectors } from "./sectors.ts";
export { type NamedClient, serviceName, spaceName } from "./service-names.ts";
export { type StartAgain, startAgainUrl } from "./start-again.ts";
export {
  type ClientCheckView,
  type ClientEntryView,
  type ClientSecretView,
  type ClientView,
  clientCheckView,
  clientEntryView,
  clientView,
} from "./client-view.ts";
