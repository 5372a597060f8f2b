import {
  type EmailAddress,
  readCopiedAddress,
  readInstant,
  readUntil,
} from "../foundation/index.ts";
import { type TableRow, type UnreadColumn, readTable, typedCell } from "../spreadsheets/index.ts";
import { type AccessColumn, readColumns } from "./access-columns.ts";
import type { ListProblem, ListReason } from "./list-problem.ts";
import { readSiret } from "./recognised-sirets.ts";
import { type Siret } from "./siret.ts";

/** A line of a list of accesses, understood. */
export interface AccessLine {
  readonly line: number;
  readonly email: EmailAddress;
  readonly siret: Siret;
  readonly name: string | undefined;
  /** Epoch seconds. */
  readonly untilAt: number | undefined;
  readonly reason: string | undefined;
}

/** How a list is to be read where it could be meant otherwise. */
export interface ListChoices {
  /** SIRETs proposed for numbers that were spoilt, and meant. */
  readonly taken?: ReadonlySet<Siret> | undefined;
  /** Whether columns that nobody knows are left unread, and not refused. */
  readonly skipUnknown?: boolean | undefined;
}

/** What a list says: the lines that are right, and what is wrong with the others. Each row is in one of these. */
export interface AccessList {
  readonly lines: readonly AccessLine[];
  /** Lines that say once more what a line before says. */
  readonly repeated: readonly AccessLine[];
  /** Lines of an export that tell of an access that has ended. */
  readonly ended: readonly AccessLine[];
  readonly problems: readonly ListProblem[];
  readonly unreadColumns: readonly UnreadColumn[];
  /** As they stand in the list, the names of the columns first; empty when it cannot be read at all. */
  readonly rows: readonly TableRow[];
}

/**
 * Reads a list of accesses, a table whose first row names its columns: email and SIRET and, optional, the
 * establishment's name, the end and the reason, in French or English and any order.
 * @param now epoch seconds: what an end must be later than
 */
export function readAccessList(text: string, now: number, choices: ListChoices = {}): AccessList {
  const nothing = { lines: [], repeated: [], ended: [], unreadColumns: [], rows: [] };
  const table = readTable(text);
  if (table.fault) {
    const { line, reason, details } = table.fault;
    return {
      ...nothing,
      problems: [{ line, column: "list", found: "", reason, ...(details && { details }) }],
    };
  }
  const [head, ...rows] = table.rows;
  const problems: ListProblem[] = [];
  if (!head) return { ...nothing, problems };
  const columns = readColumns(head, rows, choices.skipUnknown ?? false, problems);
  if (problems.length > 0) return { ...nothing, problems };
  const read: ReadRow[] = rows.flatMap((row) => {
    if (row.cells.length > head.cells.length) {
      problems.push(tooManyFields(row, head.cells.length));
      return [];
    }
    return readRow(row, columns.places, now, choices, problems) ?? [];
  });
  return {
    ...withoutContradictions(read, problems),
    problems: problems.sort((one, other) => one.line - other.line),
    unreadColumns: columns.unread,
    rows: table.rows,
  };
}

interface ReadRow extends AccessLine {
  readonly hasEnded: boolean;
}

function tooManyFields({ line, cells }: TableRow, most: number): ListProblem {
  const found = String(cells.length);
  return { line, column: "fields", found, reason: "fields-too-many", details: { columns: most } };
}

/** What our exports say of an access that does not count any more. */
const endedStates = /^(ended|closed|terminee?s?|fermee?s?)(?!\p{L})/u;

function readRow(
  { line, cells }: TableRow,
  places: ReadonlyMap<AccessColumn, number>,
  now: number,
  { taken }: ListChoices,
  problems: ListProblem[],
): ReadRow | undefined {
  const before = problems.length;
  const value = (column: AccessColumn) => typedCell(cells[places.get(column) ?? -1] ?? "");
  const wrong = (column: AccessColumn, reason: ListReason, details?: ListProblem["details"]) =>
    problems.push({ line, column, found: value(column), reason, ...(details && { details }) });
  const state = value("state").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const hasEnded = endedStates.test(state);
  const email = readCopiedAddress(value("email"));
  if (!email) wrong("email", "email-malformed");
  const siret = readSiretCell(value("siret"), taken, wrong);
  const untilAt = readUntilCell(value("until"), hasEnded ? -Infinity : now, wrong);
  if (!email || !siret || problems.length > before) return undefined;
  const name = value("name") || undefined;
  return { line, email, siret, name, untilAt, reason: value("reason") || undefined, hasEnded };
}

/** @param after epoch seconds: one that is no later has passed */
function readUntilCell(
  cell: string,
  after: number,
  wrong: (column: "until", reason: ListReason) => void,
): number | undefined {
  if (cell === "") return undefined;
  // The clock of a spreadsheet is that of Paris.
  const untilAt = readUntil(cell) ?? readInstant(cell);
  if (untilAt === undefined) wrong("until", "until-malformed");
  else if (untilAt <= after) wrong("until", "until-passed");
  return untilAt;
}

function readSiretCell(
  cell: string,
  taken: ReadonlySet<Siret> | undefined,
  wrong: (column: "siret", reason: ListReason, details?: ListProblem["details"]) => void,
): Siret | undefined {
  const siret = readSiret(cell);
  if (siret.accepted) return siret.value;
  const [{ reason, details }] = siret.problems;
  const proposed = details?.["proposed"] as Siret | undefined;
  if (proposed && taken?.has(proposed)) return proposed;
  if (cell === "") wrong("siret", "siret-missing");
  else wrong("siret", reason, details);
  return undefined;
}

/** Two lines that say the contrary: which one is meant is not for us to guess. One that is only repeated does no harm. */
function withoutContradictions(
  rows: readonly ReadRow[],
  problems: ListProblem[],
): Pick<AccessList, "lines" | "repeated" | "ended"> {
  const kept = {
    lines: [] as AccessLine[],
    repeated: [] as AccessLine[],
    ended: [] as AccessLine[],
  };
  const pairs = new Map<string, AccessLine>();
  const right = new Set<string>();
  const names = new Map<Siret, NamedOn>();
  for (const { hasEnded, ...row } of rows) {
    if (hasEnded) {
      kept.ended.push(row);
      continue;
    }
    const pair = pairOf(row);
    const first = pairs.get(pair);
    if (!first) pairs.set(pair, row);
    const found = [...differsFrom(first, row), ...namedOtherwise(names, row)];
    problems.push(...found);
    if (found.length > 0) continue;
    // What a line before says that is wrong is not said yet.
    (right.has(pair) ? kept.repeated : kept.lines).push(row);
    right.add(pair);
  }
  return kept;
}

const pairOf = ({ email, siret }: AccessLine): string => `${email} ${siret}`;

function differsFrom(first: AccessLine | undefined, row: AccessLine): ListProblem[] {
  if (!first || (first.untilAt === row.untilAt && first.reason === row.reason)) return [];
  const { line } = row;
  const details = { other: first.line };
  return [{ line, column: "email, siret", found: pairOf(row), reason: "line-twice", details }];
}

/** What a line calls an establishment. */
interface NamedOn {
  readonly line: number;
  readonly name: string;
}

/** The first line that names an establishment says what it is called. */
function namedOtherwise(
  names: Map<Siret, NamedOn>,
  { line, siret, name }: AccessLine,
): ListProblem[] {
  if (name === undefined) return [];
  const named = names.get(siret);
  if (!named) names.set(siret, { line, name });
  if (!named || named.name === name) return [];
  const details = { other: named.line, name: named.name };
  return [{ line, column: "name", found: name, reason: "name-differs", details }];
}
