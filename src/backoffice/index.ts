/**
 * The back office: what staff of l'Opcommerce do and see, server-rendered. Every route has its rule (the
 * least role, fresh authentication), and the gate stands in front of all of them.
 * URLs: `/admin…`. It finds accounts through an index of its own (`account_search`), and keeps no other table.
 */
export { openBackoffice } from "./open.ts";
export { savedFormats, savedTables } from "./register-export.ts";
