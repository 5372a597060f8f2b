import { type EmailAddress, parseEmailAddress, readUntil } from "../foundation/index.ts";
import { type CsvRecord, readCsv } from "./csv.ts";
import { type Siret, parseSiret } from "./siret.ts";

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

/** One thing that is wrong with a line. */
export interface ListProblem<Reason extends string = ListReason> {
  /** From 1. */
  readonly line: number;
  /** The column at fault. */
  readonly column: string;
  /** What stands there, as typed. */
  readonly found: string;
  readonly reason: Reason;
  /** For the sentence: the columns known, or another line and what it says. */
  readonly details?: Readonly<Record<string, string | number>>;
}

/** Why a line, or the whole list, cannot be read. */
export type ListReason =
  | "quote-open"
  | "quote-followed"
  | "column-missing"
  | "column-unknown"
  | "column-twice"
  | "fields-too-many"
  | "email-malformed"
  | "siret-format"
  | "siret-checksum"
  | "until-malformed"
  | "until-passed"
  | "line-twice"
  | "name-differs";

/** What a list says: the lines that are right, and what is wrong with the others. */
export interface AccessList {
  readonly lines: readonly AccessLine[];
  readonly problems: readonly ListProblem[];
}

const columnNames = ["email", "siret", "name", "until", "reason"] as const;

type ColumnName = (typeof columnNames)[number];
type Row = Readonly<Record<ColumnName, string>> & { readonly line: number };

/**
 * Reads a list of accesses: CSV whose first line names its columns: `email` and `siret` and, optional,
 * `name`, `until`, `reason`, in any order.
 * @param now epoch seconds: what `until` must be later than
 */
export function readAccessList(text: string, now: number): AccessList {
  const csv = readCsv(text);
  if (csv.fault) return { lines: [], problems: [{ ...csv.fault, column: "quotes" }] };
  const [head, ...records] = csv.records;
  const problems: ListProblem[] = [];
  const columns = readHead(head, problems);
  if (problems.length > 0) return { lines: [], problems };
  const rows = records.flatMap((record) => readRow(record, columns, problems) ?? []);
  const lines = rows.flatMap((row) => readLine(row, now, problems) ?? []);
  return { lines: withoutContradictions(lines, problems), problems };
}

function readHead(head: CsvRecord | undefined, problems: ListProblem[]): ColumnName[] {
  const names = (head?.fields ?? []).map((field) => field.trim().toLowerCase());
  const wrong = (found: string, reason: ListReason, details: ListProblem["details"] = {}) =>
    problems.push({ line: head?.line ?? 1, column: "header", found, reason, details });
  for (const column of ["email", "siret"]) {
    if (!names.includes(column)) wrong(names.join(","), "column-missing", { column });
  }
  for (const [place, name] of names.entries()) {
    if (!columnNames.some((known) => known === name)) {
      wrong(name, "column-unknown", { columns: columnNames.join(", ") });
    } else if (names.indexOf(name) < place) wrong(name, "column-twice");
  }
  return names as ColumnName[];
}

function readRow(
  { line, fields }: CsvRecord,
  columns: readonly ColumnName[],
  problems: ListProblem[],
): Row | undefined {
  if (fields.length > columns.length) {
    const details = { columns: columns.length };
    const found = String(fields.length);
    problems.push({ line, column: "fields", found, reason: "fields-too-many", details });
    return undefined;
  }
  const value = (name: ColumnName) => fields[columns.indexOf(name)]?.trim() ?? "";
  return {
    ...{ line, email: value("email"), siret: value("siret"), name: value("name") },
    ...{ until: value("until"), reason: value("reason") },
  };
}

function readLine(row: Row, now: number, problems: ListProblem[]): AccessLine | undefined {
  const { line } = row;
  const before = problems.length;
  const wrong = (column: ColumnName, reason: ListReason) =>
    problems.push({ line, column, found: row[column], reason });
  const email = parseEmailAddress(row.email);
  if (!email) wrong("email", "email-malformed");
  const siret = parseSiret(row.siret);
  if (!siret.accepted) wrong("siret", siret.problems[0].reason);
  const untilAt = row.until === "" ? undefined : (readUntil(row.until) ?? Number.NaN);
  if (Number.isNaN(untilAt)) wrong("until", "until-malformed");
  else if (untilAt !== undefined && untilAt <= now) wrong("until", "until-passed");
  if (!email || !siret.accepted || problems.length > before) return undefined;
  const name = row.name || undefined;
  return { line, email, siret: siret.value, name, untilAt, reason: row.reason || undefined };
}

/** Two lines that say the same or the contrary: which one is meant is not for us to guess. */
function withoutContradictions(
  lines: readonly AccessLine[],
  problems: ListProblem[],
): AccessLine[] {
  const pairs = new Map<string, number>();
  const names = new Map<Siret, { line: number; name: string }>();
  return lines.filter(({ line, email, siret, name }) => {
    const before = problems.length;
    const wrong = (column: string, found: string, reason: ListReason, details: object) =>
      problems.push({ line, column, found, reason, details: { ...details } });
    const pair = `${email} ${siret}`;
    const twice = pairs.get(pair);
    if (twice !== undefined) wrong("email, siret", pair, "line-twice", { other: twice });
    else pairs.set(pair, line);
    const named = names.get(siret);
    if (named && name !== undefined && named.name !== name) {
      wrong("name", name, "name-differs", { other: named.line, name: named.name });
    } else if (name !== undefined) names.set(siret, { line, name });
    return problems.length === before;
  });
}
