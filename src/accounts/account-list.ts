import {
  type NamedColumns,
  type TableRow,
  type UnreadColumn,
  listText,
  namedColumns,
  readTable,
} from "../spreadsheets/index.ts";
import {
  type AccountColumn,
  type AccountLine,
  type AccountListProblem,
  accountColumnNames,
  readAccountLine,
} from "./account-line.ts";

/** What a list says: lines that are right, and what is wrong with the others. Each row is in one of these. */
export interface AccountList {
  readonly lines: readonly AccountLine[];
  /** What it has a column for. */
  readonly columns: ReadonlySet<AccountColumn>;
  readonly problems: readonly AccountListProblem[];
  /** Columns without a name that hold something, and sheets of a workbook: what else the file has. */
  readonly unreadColumns: readonly UnreadColumn[];
  readonly unreadSheets: readonly string[];
}

const required = ["email", "given_name", "family_name"] as const;

/** For a sentence: what the columns are called. */
export const accountListColumns = Object.keys(accountColumnNames).join(", ");

/**
 * Reads a list of accounts as a spreadsheet or our own export saved it: a table whose first row names its columns, in French or
 * English, in any order; or JSON lines.
 * @param now epoch seconds: nobody signed up later
 */
export async function readAccountList(file: Uint8Array, now: number): Promise<AccountList> {
  const read = await listText(file);
  const table = read.fault ? read : readTable(read.text);
  const unreadSheets = read.fault ? [] : read.unreadSheets;
  const nothing = { lines: [], columns: new Set<AccountColumn>(), unreadColumns: [], unreadSheets };
  if (table.fault) {
    const { line, reason, details } = table.fault;
    const problem = { line, column: "list", found: "", reason, ...(details && { details }) };
    return { ...nothing, problems: [problem] };
  }
  const [head, ...rows] = table.rows;
  const problems: AccountListProblem[] = [];
  if (!head) return { ...nothing, problems };
  const { places, unread: unreadColumns } = readColumns(head, rows, problems);
  if (problems.length > 0) return { ...nothing, problems };
  const of = { most: head.cells.length, places, now, problems };
  const lines = rows.flatMap((row) => readAccountLine(row, of) ?? []);
  const columns = new Set(places.keys());
  return { lines: once(lines, problems), columns, problems, unreadColumns, unreadSheets };
}

function readColumns(
  head: TableRow,
  rows: readonly TableRow[],
  problems: AccountListProblem[],
): NamedColumns<AccountColumn> {
  const columns = namedColumns<AccountColumn>(head, rows, {
    ...{ required, columnOf },
    isPassed: () => false,
  });
  const details = {
    "column-unknown": { columns: accountListColumns },
    "column-twice": {},
  } as const;
  for (const { reason, found, column = "" } of columns.faults) {
    const said = reason === "column-missing" ? { column } : details[reason];
    problems.push({ line: head.line, column: "header", found, reason, details: said });
  }
  return columns;
}

function columnOf(name: string): AccountColumn | undefined {
  const known = Object.entries(accountColumnNames).find(([, names]) =>
    (names as readonly string[]).includes(name),
  );
  return known?.[0] as AccountColumn | undefined;
}

/** An address and an identifier are each of one account: which of two lines is meant is not for us to guess. */
function once(
  lines: readonly AccountLine[],
  problems: AccountListProblem[],
): readonly AccountLine[] {
  const seen = new Map<string, number>();
  return lines.filter(({ line, email, sub }) => {
    const names = [
      ["email", email] as const,
      ...(sub === undefined ? [] : [["sub", sub] as const]),
    ];
    const twice = names.filter(([column, name]) => seen.has(`${column} ${name}`));
    for (const [column, name] of twice) {
      const details = { other: seen.get(`${column} ${name}`) ?? 0 };
      problems.push({ line, column, found: name, reason: "line-twice", details });
    }
    for (const [column, name] of names) {
      if (!seen.has(`${column} ${name}`)) seen.set(`${column} ${name}`, line);
    }
    return twice.length === 0;
  });
}
