import { type TableFaultReason, mostRows } from "../spreadsheets/index.ts";

/** What a list must be, whatever its rows mean, by the machine word of its refusal. */
export const listRules = {
  "file-empty": "must name its columns and have a row",
  "file-too-large": "must have at most 16 MiB",
  "file-not-a-list": "must be a list: CSV, text with tabs, JSON lines or .xlsx",
  "workbook-old": "must be .xlsx or CSV: this is .xls, or under a password",
  "workbook-unreadable": "must be a workbook that can be read: save it anew, or as CSV",
  "workbook-too-large": "must unpack to at most 64 MiB: save the list alone, or as CSV",
  "list-unreadable": "must be a list that can be read within a minute",
  "rows-too-many": `must have at most ${mostRows} rows`,
  "json-line": "must be a JSON object a line",
  "quote-open": "must close every double quote",
  "column-twice": "must have each column once",
} satisfies Record<TableFaultReason, string> & Record<string, string>;
