/**
 * Organisations: a partner's own administrator. Staff give an account the care of a SIREN; while it holds an access there, it
 * sees who of the organisation has which access, and asks staff to open an establishment to a colleague, or to end a leaver's.
 * Staff decide, by the acts of establishments. Off unless `ORGANISATION_ADMINS` is on. URLs: `/account/organisations…`.
 * Tables: `organisation_cares`, `colleague_requests`; it reads `accounts` and `accesses`.
 */
export { type ListedCare } from "./care-store.ts";
export { formatSiren } from "./cares.ts";
export { type QueuedColleagueRequest } from "./colleague-request-store.ts";
export { type ShownColleagueRequest } from "./page-models.ts";
export { organisationsPath } from "./own-routes.ts";
export { type OrganisationActs, openOrganisations } from "./open.ts";
