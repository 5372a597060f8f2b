/**
 * Establishments: which places of work an account may act for. It knows SIRET numbers, names of
 * establishments, and accesses: dated, reasoned records that are opened, closed and never deleted.
 * It writes the « access opened » and « access closed » letters with each change, and announces it
 * (`onAccessOpened`, `onAccessClosed`); revoking what a closed access had let in is the provider's.
 * An address without account is invited: its accesses wait for it.
 * Partners ask for access; staff accept or refuse. URL: `/account/requests`.
 * Tables: `establishments`, `accesses`, `invitations`, `access_requests`; it reads `accounts` by key.
 */
export { type Siren, type Siret, formatSiret, parseSiret, sirenOf } from "./siret.ts";
export {
  type OtherText,
  type RecognisedSiret,
  type RecognisedSirets,
  type RefusedPiece,
  readSiret,
  recogniseSirets,
} from "./recognised-sirets.ts";
export { type Choice } from "./choice-store.ts";
export { Choices, type FoundChoices, filtered } from "./choices.ts";
export { proposalBox, tickedProposals } from "./proposals.ts";
export { type Establishment } from "./establishment.ts";
export { type Access, type AccessEntry, closedByDate } from "./access.ts";
export {
  type CloseCommand,
  type CloseRefusal,
  type OpenAllCommand,
  type OpenCommand,
  type OpenRefusal,
  type Opening,
} from "./access-commands.ts";
export {
  type AccessImport,
  type ImportChoices,
  type ImportDifference,
  type ImportOutcome,
  type ImportPreview,
  type ImportReason,
  type LineOpening,
  createAccessImport,
} from "./access-import.ts";
export { type AccessLine } from "./access-list.ts";
export { type ListProblem } from "./list-problem.ts";
export { rejectedRows } from "./rejected-rows.ts";
export { type AccessFilter } from "./access-history-store.ts";
export {
  type AccessOfAccount,
  type AccessPageFilter,
  AccessPageStore,
} from "./access-page-store.ts";
export {
  type AccessLetter,
  type AccessLetterModel,
  type AccessLetterName,
  type AccessOutbox,
  type InvitationOutbox,
} from "./access-letters.ts";
export {
  type AccessRequest,
  type AskCommand,
  type AskRefusal,
  type Asked,
  type QueuedRequest,
  type AskedEstablishment,
} from "./access-request.ts";
export { type RequestFilter } from "./access-request-store.ts";
export { type AccessRequestSurroundings, AccessRequests } from "./access-requests.ts";
export {
  type AcceptCommand,
  type AcceptRefusal,
  type RefuseCommand,
  type RefuseRefusal,
} from "./request-commands.ts";
export {
  type AccessRequestRouteParts,
  accessRequestRoutes,
  accessRequestsPath,
  withdrawRequest,
} from "./request-routes.ts";
export { ownEstablishments } from "./own-establishments.ts";
export { askedQuery, requestNotice, shownRequests } from "./shown-requests.ts";
export { type ChangeWritten } from "./access-changes.ts";
export { type AccessSurroundings, Accesses } from "./accesses.ts";
export {
  type Invitation,
  type InviteCommand,
  type InviteRefusal,
  type Invited,
  type WithdrawCommand,
  type WithdrawRefusal,
} from "./invitation.ts";
export { type InvitationFilter } from "./invitation-store.ts";
export { type InvitationSurroundings, Invitations } from "./invitations.ts";
export { Details, type DetailsParts } from "./details.ts";
export { type KnownEstablishment } from "./details-store.ts";
export {
  type AdministrativeState,
  type DirectoryReason,
  type EstablishmentDetails,
  type EstablishmentDirectory,
} from "./directory.ts";
export { type DirectoryClientParts, createDirectory } from "./directory-client.ts";
export { type EstablishmentActs, type EstablishmentPorts, openEstablishments } from "./open.ts";
export { type Standing } from "./standing-store.ts";
