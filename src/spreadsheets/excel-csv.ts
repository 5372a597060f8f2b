/** What an export writes into a cell. */
export type ExportCell = string | number | boolean | SpreadsheetText | undefined;

/** Digits that a spreadsheet must not take for a number: a SIRET loses its zeros, or its last digits. */
export class SpreadsheetText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What Excel needs in front to read UTF-8. */
export const byteOrderMark = "\ufeff";

/**
 * One row as a French Excel opens it in columns: semicolons, digits that are text as a formula of theirs alone
 * (`="13002526500013"`), and no other cell that it would take for a formula.
 */
export function excelRow(cells: readonly ExportCell[]): string {
  return `${cells.map(excelCell).join(";")}\r\n`;
}

/** What begins a formula in one spreadsheet or another, and what some of them skip in front of it. */
const formulaStart = /^[=+\-@\s\p{Cc}＝＋－＠]/u;
/** An apostrophe that {@link typedCell} would take away. */
const apostrophe = /^'[=+\-@'\d\s\p{Cc}＝＋－＠]/u;

function excelCell(cell: ExportCell): string {
  if (cell === undefined) return "";
  if (typeof cell === "number" || typeof cell === "boolean") return String(cell);
  if (cell instanceof SpreadsheetText) return cell.text === "" ? "" : quoted(`="${cell.text}"`);
  const isHidden = formulaStart.test(cell) || apostrophe.test(cell);
  return quoted(isHidden ? `'${cell}` : cell);
}

function quoted(text: string): string {
  return /[";,\t\r\n']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * What a cell means: without the formula, or the apostrophe in front, that keeps a spreadsheet from reading it as
 * a number or a formula.
 */
export function typedCell(cell: string): string {
  const text = cell.trim();
  const [, formula] = /^="((?:[^"]|"")*)"$/.exec(text) ?? [];
  if (formula !== undefined) return formula.replaceAll('""', '"').trim();
  return apostrophe.test(text) ? text.slice(1) : text;
}
