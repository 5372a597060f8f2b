/**
 * The audit: every security-relevant act as an event in an append-only table, chained by hash, so that a
 * removed, altered, reordered or inserted row is found. It appends, searches, exports and verifies; people
 * are erased from it and old events leave it without breaking the chain. `docs/audit.md` explains it all.
 * Tables: `audit_events`, `audit_head`. No URL.
 */
export {
  type Audit,
  type AuditFilter,
  type AuditPage,
  type AuditParts,
  type AuditedPerson,
  createAudit,
} from "./audit.ts";
export { type AuditEntry } from "./audit-entry.ts";
export { csvHeader, csvLine, jsonLine, readable } from "./export.ts";
export { type AuditActs, type AuditPorts, openAudit } from "./open.ts";
export { anchorAtMigration } from "./anchor-at-migration.ts";
export { type ChainKeys, createChainKeys } from "./chain-keys.ts";
export { type HeadReason, type SignedHead } from "./signed-head.ts";
export { type RecordWithin, createRecorder } from "./recorder.ts";
export { type ChainFault, type Verification } from "./verification.ts";
