import { parisClock } from "../foundation/index.ts";
import { type ExportCell, byteOrderMark, excelRow } from "../spreadsheets/index.ts";
import type { AuditEntry } from "./audit-entry.ts";

const columns = [
  "seq",
  "occurredAt",
  "name",
  "outcome",
  "reason",
  "actor",
  "actorName",
  "sub",
  "subName",
  "addressReference",
  "clientId",
  "network",
  "networkReference",
  "requestReference",
  "details",
  "erased",
  "hash",
] as const satisfies readonly (keyof AuditEntry | "actorName" | "subName")[];

/** What people are called, by `sub`. */
export type AuditNames = (word: string | undefined) => string | undefined;

/** The first line of a CSV export, as a French Excel opens it in columns. */
export const csvHeader = byteOrderMark + excelRow(columns);

/** One event as a line of CSV: its instant in Paris, as a French Excel reads it, and names beside identifiers. */
export function csvLine(entry: AuditEntry, names: AuditNames): string {
  const { actor, sub } = entry;
  const shown: Readonly<Record<string, unknown>> = {
    ...entry,
    occurredAt: parisClock(entry.occurredAt),
    ...{ actorName: names(actor), subName: names(sub) },
  };
  return excelRow(columns.map((column) => cellOf(shown[column])));
}

/** One event as a line of JSON. */
export function jsonLine(entry: AuditEntry): string {
  return `${JSON.stringify(readable(entry))}\n`;
}

/** The instant as people and other programs read it. */
export function readable(entry: AuditEntry) {
  return { ...entry, occurredAt: new Date(entry.occurredAt * 1000).toISOString() };
}

function cellOf(value: unknown): ExportCell {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" || typeof value === "boolean") return value;
  return typeof value === "string" ? value : JSON.stringify(value);
}
