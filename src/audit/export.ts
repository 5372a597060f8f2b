import type { AuditEntry } from "./audit-entry.ts";

const columns = [
  "seq",
  "occurredAt",
  "name",
  "outcome",
  "reason",
  "actor",
  "sub",
  "addressReference",
  "clientId",
  "network",
  "networkReference",
  "requestReference",
  "details",
  "erased",
  "hash",
] as const satisfies readonly (keyof AuditEntry)[];

/** The first line of a CSV export. */
export const csvHeader = `${columns.join(",")}\r\n`;

/** One event as a line of CSV (RFC 4180), its instant as UTC (RFC 3339). */
export function csvLine(entry: AuditEntry): string {
  const shown = readable(entry);
  return `${columns.map((column) => csvField(shown[column])).join(",")}\r\n`;
}

/** One event as a line of JSON. */
export function jsonLine(entry: AuditEntry): string {
  return `${JSON.stringify(readable(entry))}\n`;
}

/** The instant as people and other programs read it. */
export function readable(entry: AuditEntry) {
  return { ...entry, occurredAt: new Date(entry.occurredAt * 1000).toISOString() };
}

/**
 * A field that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection);
 * so does one that begins with whitespace, which some of them skip. Numbers stay numbers.
 */
function csvField(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const neutral = /^[=+\-@\s\p{Cc}＝＋－＠]/u.test(text) ? `'${text}` : text;
  return /[",\r\n;']/.test(neutral) ? `"${neutral.replaceAll('"', '""')}"` : neutral;
}
