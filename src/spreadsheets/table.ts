/** One row of a list. */
export interface TableRow {
  /** The line it begins on, from 1; the row of a workbook's sheet. */
  readonly line: number;
  /** As they stand there; empty ones at the end are left out. */
  readonly cells: readonly string[];
}

/** Why a list cannot be read. */
export type TableFaultReason =
  | "file-empty"
  | "file-too-large"
  | "file-not-a-list"
  | "workbook-old"
  | "workbook-unreadable"
  | "workbook-too-large"
  | "quote-open"
  | "json-line"
  | "rows-too-many";

/** What cannot be read, and where. */
export interface TableFault {
  readonly line: number;
  readonly reason: TableFaultReason;
  readonly details?: Readonly<Record<string, number>>;
}

/** A file as text, whatever saved it; or why it cannot be read. */
export type ListText =
  | {
      readonly text: string;
      /** The sheets of a workbook that hold something and were not read. */
      readonly unreadSheets: readonly string[];
      readonly fault?: undefined;
    }
  | { readonly text?: undefined; readonly fault: TableFault };

/** The rows of a list in their order, blank ones left out; or why there are none. */
export type TableReading =
  | { readonly rows: readonly TableRow[]; readonly fault?: undefined }
  | { readonly rows?: undefined; readonly fault: TableFault };

/** The most bytes of a file: 16 MiB. */
export const mostFileBytes = 16 * 1024 * 1024;

/** The most rows of a list, beside the one that names the columns. */
export const mostRows = 50_000;

/** @returns the same row without empty cells at its end; undefined when nothing is left */
export function tableRow(line: number, cells: readonly string[]): TableRow | undefined {
  const last = cells.findLastIndex((cell) => cell.trim() !== "");
  return last < 0 ? undefined : { line, cells: cells.slice(0, last + 1) };
}
