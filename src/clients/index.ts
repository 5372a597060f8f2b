/**
 * Clients: the applications that people sign in to. This room reads the declared ones (`CLIENTS_FILE`, a
 * JSON array under git, whose `${NAME}` are variables listed for it), keeps those registered at run time, judges both by one
 * validation, and serves them side by side from memory: what they are called, how they prove their secret, where their
 * people start again; and lets clients register themselves by leave of an operator. URLs: `/reg`, `/reg/:id`, `/logos/:digest`. Tables: `clients`,
 * `client_secrets`, `client_suspensions`, `clients_version`, `client_invitations`, `client_registration_tokens`, `client_logos`.
 */
export { type ClientProblem, clientProblemLine, pathText, shownValue } from "./client-problem.ts";
export { validateClients } from "./client-metadata.ts";
export { type ClientMetadata } from "./metadata-fields.ts";
export { nearestName, ourMetadataNames, signalScopes } from "./metadata-names.ts";
export { judgeDeclarations, readDeclarations } from "./declarations.ts";
export { proveUnclashed } from "./unclashed.ts";
export { ClientDirectory } from "./client-directory.ts";
export { type ClientEntry } from "./client-entry.ts";
export { mostKeySetBytes } from "./client-keys.ts";
export { type ClientCall, isPrivateAddress, plainHost } from "./client-calls.ts";
export { documentProblem, schemaProblems } from "./document-problems.ts";
export { calledRule } from "./client-addresses.ts";
export {
  parseDeclaredDocument,
  readClientFile,
  readClientStream,
  type FileText,
} from "./client-document.ts";
export {
  type ClientChangeReason,
  ClientRegistry,
  type RegisteredClient,
} from "./client-registry.ts";
export {
  type ClientEditReason,
  type ClientChange,
  type EditableClient,
  type RefusedMetadata,
} from "./client-editing.ts";
export {
  type SettingValues,
  clientSettings,
  documentOf,
  documentWith,
  settingFields,
  valuesOf,
} from "./client-settings.ts";
export { invitationLifeSeconds } from "./dynamic-registration.ts";
export { type StoredInvitation } from "./client-invitation-store.ts";
export { type ClientActs, openClients } from "./open.ts";
export { registrationPath } from "./registration-routes.ts";
export { type ResourceServer } from "./declared-resources.ts";
export { type Sectors } from "./sectors.ts";
export { serviceName, spaceName } from "./service-names.ts";
export { type ClientEntryView, clientCheckView, clientEntryView } from "./client-view.ts";
