/**
 * Lists as spreadsheets save and open them: files of any encoding, CSV, tabs, JSON lines and `.xlsx` become
 * rows with their line numbers; rows become CSV that a French Excel opens in columns. It knows no column and no
 * rule of what the rows mean. No URL, no table; no input or output.
 */
export {
  type ExportCell,
  SpreadsheetText,
  byteOrderMark,
  excelRow,
  typedCell,
} from "./excel-csv.ts";
export { foldedTitle } from "./column-title.ts";
export {
  type ColumnReason,
  type NamedColumns,
  type UnreadColumn,
  namedColumns,
} from "./named-columns.ts";
export { listText } from "./list-text.ts";
export { readTable } from "./read-table.ts";
export { type TableFaultReason, type TableRow, mostFileBytes, mostRows } from "./table.ts";
