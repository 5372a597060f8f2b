import type { UnreadColumn } from "../spreadsheets/index.ts";

/** What of a file was not read, for programs and for people. */
export function unreadParts({
  unreadColumns,
  unreadSheets,
}: {
  readonly unreadColumns: readonly UnreadColumn[];
  readonly unreadSheets: readonly string[];
}): {
  readonly document: { unread_columns: readonly string[]; unread_sheets: readonly string[] };
  readonly notes: string;
} {
  const columns = unreadColumns.map(({ title, letter }) => title || `${letter} (without a title)`);
  const notes = [
    ...columns.map((name) => `Column not read: ${name}\n`),
    ...unreadSheets.map((name) => `Sheet not read: ${name}\n`),
  ];
  return {
    document: { unread_columns: columns, unread_sheets: unreadSheets },
    notes: notes.join(""),
  };
}
