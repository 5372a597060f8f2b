import {
  type ExportCell,
  SpreadsheetText,
  byteOrderMark,
  excelRow,
  typedCell,
} from "../spreadsheets/index.ts";
import type { ImportPreview, ImportReason } from "./access-import.ts";
import type { ListProblem } from "./list-problem.ts";

/** A row of digits that a spreadsheet would take for a number. */
const longDigits = /^\d{9,}$/;
/** What it would take for a number or a day, where it was kept from that. */
const keptText = /^[\d.,:/+eE-]+$/;

/**
 * The rows of a list that were not carried out, as a file of the same columns and one more that says why. It can
 * be corrected and imported as it is.
 * @param title what that column is called; one that an import knows to leave unread
 * @param sentence what is wrong, in words
 */
export function rejectedRows(
  { rows, problems }: Pick<ImportPreview, "rows" | "problems">,
  title: string,
  sentence: (problem: ListProblem<ImportReason>) => string,
): string {
  const [head, ...others] = rows;
  if (!head) return "";
  const byLine = Map.groupBy(problems, ({ line }) => line);
  // What an earlier file of this kind said is old.
  const titlePlace = head.cells.indexOf(title);
  const written = (cells: readonly string[], why: string): string => {
    const own = head.cells.map((_, place) => cells[place]);
    const kept = own.filter((_, place) => place !== titlePlace);
    const beyond = cells.slice(head.cells.length);
    return excelRow([...kept.map(exportCell), why, ...beyond.map(exportCell)]);
  };
  const rejected = others.flatMap(({ line, cells }) => {
    const found = byLine.get(line) ?? [];
    return found.length > 0 ? [written(cells, found.map(sentence).join(" "))] : [];
  });
  return `${byteOrderMark}${written(head.cells, title)}${rejected.join("")}`;
}

/** What the cell means, or one more apostrophe would stand in it each time that the list is corrected. */
function exportCell(cell: string | undefined): ExportCell {
  if (cell === undefined) return undefined;
  const said = typedCell(cell);
  const isText = longDigits.test(said) || (said !== cell.trim() && keptText.test(said));
  return isText ? new SpreadsheetText(said) : said;
}
