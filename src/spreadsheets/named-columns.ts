import { foldedTitle } from "./column-title.ts";
import type { TableRow } from "./table.ts";

/** Why the first row of a list does not say its columns. */
export type ColumnReason = "column-missing" | "column-unknown" | "column-twice";

/** What is wrong with the first row. */
export interface ColumnFault {
  readonly reason: ColumnReason;
  /** As the list names it; all its names where one is missing. */
  readonly found: string;
  /** The one that is missing. */
  readonly column?: string;
}

/** A column that holds something and is not read. */
export interface UnreadColumn {
  /** As the list names it; "" where it does not. */
  readonly title: string;
  /** What a spreadsheet calls it: `A` is the first. */
  readonly letter: string;
}

/** What the columns of a list may be called, each name as {@link foldedTitle} folds it. */
export interface ColumnRules<Column extends string> {
  readonly required: readonly Column[];
  /** What a name among these means; undefined when it is none of ours. */
  readonly columnOf: (name: string, names: readonly string[]) => Column | undefined;
  /** Whether a name that is none of ours is left unread, and not refused. */
  readonly isPassed: (name: string) => boolean;
}

/** Which column of a list says what. */
export interface NamedColumns<Column extends string> {
  readonly places: ReadonlyMap<Column, number>;
  readonly unread: readonly UnreadColumn[];
  readonly faults: readonly ColumnFault[];
}

/** Reads the row that names the columns, in any order, case and spelling. Rows show which of those without a name hold something. */
export function namedColumns<Column extends string>(
  { cells }: TableRow,
  rows: readonly TableRow[],
  { required, columnOf, isPassed }: ColumnRules<Column>,
): NamedColumns<Column> {
  const names = cells.map(foldedTitle);
  const places = new Map<Column, number>();
  const unread: UnreadColumn[] = [];
  const faults: ColumnFault[] = [];
  const filled = filledPlaces(rows);
  for (const [place, name] of names.entries()) {
    const title = (cells[place] ?? "").trim();
    const column = columnOf(name, names);
    if (column !== undefined && places.has(column)) {
      faults.push({ reason: "column-twice", found: title });
    } else if (column !== undefined) places.set(column, place);
    else if (title === "" ? filled.has(place) : isPassed(name)) {
      unread.push({ title, letter: letterOf(place) });
    } else if (title !== "") faults.push({ reason: "column-unknown", found: title });
  }
  const missing = required.filter((column) => !places.has(column));
  const found = cells.join(", ");
  return {
    ...{ places, unread },
    faults: [
      ...missing.map((column) => ({ reason: "column-missing", found, column }) as const),
      ...faults,
    ],
  };
}

function filledPlaces(rows: readonly TableRow[]): ReadonlySet<number> {
  const filled = new Set<number>();
  for (const { cells } of rows) {
    for (const [place, cell] of cells.entries()) if (cell.trim() !== "") filled.add(place);
  }
  return filled;
}

const letters = 26;

function letterOf(place: number): string {
  const before = place < letters ? "" : letterOf(Math.floor(place / letters) - 1);
  return before + String.fromCharCode("A".charCodeAt(0) + (place % letters));
}
