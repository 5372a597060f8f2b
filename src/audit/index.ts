/**
 * The audit: every security-relevant act as an event in an append-only table, chained by hash, so that a
 * removed, altered, reordered or inserted row is found. It appends, searches, exports and verifies; people
 * are erased from it and old events leave it without breaking the chain. `docs/audit.md` explains it all.
 * Tables: `audit_events`, `audit_head`, `audit_hours`. No URL.
 */
export type { Audit } from "./audit.ts";
export type { AuditFilter } from "./audit-reading.ts";
export { type AuditEntry } from "./audit-entry.ts";
export { type DayCounts } from "./day-counts-store.ts";
export { csvHeader, csvLine, jsonLine, readable } from "./export.ts";
export { type AuditActs, openAudit, proveAuditKeys } from "./open.ts";
export { anchorAtMigration } from "./anchor-at-migration.ts";
export { type HeadReason, type SignedHead } from "./signed-head.ts";
export { type ChainFault } from "./verification.ts";
