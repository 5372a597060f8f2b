/**
 * The back office: what staff of l'Opcommerce do and see, server-rendered. Every route has its rule (the
 * least role, fresh authentication), and the gate stands in front of all of them.
 * It tells staff by mail that requests wait, each as they chose. URLs: `/admin…`. Tables: `request_notices`, and the index by which it
 * finds accounts (`account_search`).
 */
export { openBackoffice } from "./open.ts";
export { savedFormats, savedTables } from "./register-export.ts";
