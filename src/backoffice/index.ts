/**
 * The back office: what staff of l'Opcommerce do and see, server-rendered. Every route has its rule (the
 * least role, fresh authentication), and the gate stands in front of all of them.
 * URLs: `/admin…`. It finds accounts through an index of its own (`account_search`), and keeps no other table.
 */
export { type SearchAccounts, createAccountSearch } from "./account-search.ts";
export { AccountSearchStore } from "./account-search-store.ts";
export { type BackofficeParts } from "./backoffice-parts.ts";
export { type BackofficeActs, type BackofficePorts, openBackoffice } from "./open.ts";
export { type RegisterExport, savedFormats, savedTables } from "./register-export.ts";
export { backofficeRoutes } from "./routes.ts";
export { freshSeconds } from "./staff-activity.ts";
export { type StaffRule } from "./staff-member.ts";
export { StaffRouter } from "./staff-router.ts";
