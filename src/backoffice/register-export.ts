import type { RecordEvent } from "../operations/index.ts";
import { auditLines } from "./audit-lines.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { type ExportParts, exportFormats, exportedLines, exportedTables } from "./exports.ts";

/** What may be saved as a file. */
export const savedTables = [...exportedTables, "audit"] as const;
/** How it may be saved: for a French Excel, or for programs. */
export const savedFormats = Object.keys(exportFormats) as readonly (keyof typeof exportFormats)[];

/** Saves what an operator asks for: the files of `/admin/export` and `/admin/audit`, whole. */
export interface RegisterExport {
  /** The lines of a table. That they leave the house is recorded before the first one. */
  readonly lines: (
    table: (typeof savedTables)[number],
    format: (typeof savedFormats)[number],
  ) => AsyncIterable<string>;
}

/** @param parts as the back office has them */
export function createRegisterExport(
  parts: ExportParts & Pick<BackofficeParts, "audit"> & { readonly record: RecordEvent },
): RegisterExport {
  const asked = { outcome: "accepted", actor: "operator" } as const;
  return {
    lines: async function* (table, format) {
      if (table === "audit") {
        await parts.record({ ...asked, name: "audit-exported", details: { format } });
        yield* auditLines(parts, format);
      } else {
        await parts.record({ ...asked, name: "register-exported", details: { table, format } });
        yield* exportedLines(parts, table, format);
      }
    },
  };
}
