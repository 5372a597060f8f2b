/**
 * Establishments: which places of work an account may act for. It knows SIRET numbers, names of
 * establishments, and accesses: dated, reasoned records that are opened, closed and never deleted.
 * It writes the « access opened » and « access closed » letters with each change, and announces it
 * (`onAccessOpened`, `onAccessClosed`); revoking what a closed access had let in is the provider's.
 * An address without account is invited: its accesses wait for it.
 * Partners ask for access; staff accept or refuse. URL: `/account/requests`.
 * Tables: `establishments`, `accesses`, `invitations`, `access_requests`; it reads `accounts` by key.
 */
export { type Siren, type Siret, formatSiret, parseSiren, parseSiret } from "./siret.ts";
export { type RecognisedSirets, readSiret, recogniseSirets } from "./recognised-sirets.ts";
export { type Choice } from "./choice-store.ts";
export { searchedDigits } from "./digit-groups.ts";
export { Choices, filtered } from "./choices.ts";
export { proposalBox, tickedProposals } from "./proposals.ts";
export { type Establishment } from "./establishment.ts";
export { type Access, type AccessEntry } from "./access.ts";
export { type OpenRefusal } from "./access-commands.ts";
export {
  type ImportChoices,
  type ImportDifference,
  type ImportPreview,
  type ImportReason,
  createAccessImport,
} from "./access-import.ts";
export { type AccessLine } from "./access-list.ts";
export { type ListProblem } from "./list-problem.ts";
export { rejectedRows } from "./rejected-rows.ts";
export { type AccessFilter } from "./access-history-store.ts";
export { type AccessOfAccount, AccessPageStore } from "./access-page-store.ts";
export {
  type AskedEstablishment,
  type AskedListReason,
  type QueuedRequest,
  askedListProblems,
  withUnread,
} from "./access-request.ts";
export { AccessRequests } from "./access-requests.ts";
export { accessRequestsPath, withdrawRequest } from "./request-routes.ts";
export { type RequestNotice, type ShownAccessRequest } from "./page-models.ts";
export { type RequestState } from "./request-state.ts";
export { askedQuery, requestNotice, shownRequests } from "./shown-requests.ts";
export { Accesses } from "./accesses.ts";
export { type Invitation, type InviteCommand, type InviteRefusal } from "./invitation.ts";
export { Invitations } from "./invitations.ts";
export { type EstablishmentActs, openEstablishments } from "./open.ts";
export { type Standing, standingOfHolder } from "./standing-store.ts";
