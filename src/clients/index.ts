/**
 * Clients: the applications that people sign in to. This room reads the declared ones (`CLIENTS_FILE`, a
 * JSON array under git, whose `${NAME}` come from the environment), judges their metadata by one
 * validation that serves every kind of client, and says what they are called, how they prove their secret and where
 * their people start again. It owns no URL and no table.
 */
export {
  type ClientProblem,
  type MetadataPath,
  type ShowValue,
  clientProblemLine,
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
export { ourMetadataNames, scopeNames } from "./metadata-names.ts";
export { type DeclaredClientsParts, readDeclaredClients } from "./declared-clients.ts";
export { type PlaceholderLookup } from "./placeholders.ts";
export { clientSecretMatches, newClientSecret } from "./client-secret.ts";
export { type NamedClient, serviceName, spaceName } from "./service-names.ts";
export { type StartAgain, startAgainUrl } from "./start-again.ts";
export {
  type ClientCheckView,
  type ClientView,
  clientCheckView,
  clientView,
} from "./client-view.ts";
