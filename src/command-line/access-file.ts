import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { type EmailAddress, parseEmailAddress } from "../foundation/index.ts";
import type { Siret } from "../establishments/index.ts";
import { type CommandProblem, quoted } from "./answer.ts";
import { argumentProblem, siretArgument, untilArgument } from "./arguments.ts";
import { type CsvRecord, readCsv } from "./csv.ts";

/** A line of a file of accesses, understood. */
export interface AccessLine {
  readonly line: number;
  readonly email: EmailAddress;
  readonly siret: Siret;
  readonly name: string | undefined;
  /** Epoch seconds. */
  readonly untilAt: number | undefined;
  readonly reason: string | undefined;
}

/** What a file of accesses says: the lines that are right, and what is wrong with the others. */
export interface AccessFile {
  readonly lines: readonly AccessLine[];
  readonly problems: readonly CommandProblem[];
}

const mostBytes = 16 * 1024 * 1024;
const columnNames = ["email", "siret", "name", "until", "reason"] as const;

type ColumnName = (typeof columnNames)[number];
type Row = Readonly<Record<ColumnName, string>> & { readonly line: number };

/**
 * Reads a file of accesses: CSV in UTF-8 of at most 16 MiB, whose first line names its columns: `email` and `siret`,
 * and, optional, `name`, `until`, `reason`, in any order.
 * @param now epoch seconds: what `until` must be later than
 */
export async function readAccessFile(file: string, now: number): Promise<AccessFile> {
  const read = await readText(file);
  if ("rule" in read) return { lines: [], problems: [{ argument: "FILE.csv", ...read }] };
  return accessLines(read.text, now);
}

/** Reads the text of a file of accesses, as {@link readAccessFile} does. */
export function accessLines(text: string, now: number): AccessFile {
  const csv = readCsv(text);
  if (csv.fault) {
    return { lines: [], problems: [{ ...csv.fault, argument: "quotes" }] };
  }
  const [head, ...records] = csv.records;
  const problems: CommandProblem[] = [];
  const columns = readHead(head, problems);
  if (problems.length > 0) return { lines: [], problems };
  const rows = records.flatMap((record) => readRow(record, columns, problems) ?? []);
  const lines = rows.flatMap((row) => readLine(row, now, problems) ?? []);
  return { lines: withoutContradictions(lines, problems), problems };
}

async function readText(file: string): Promise<{ text: string } | { found: string; rule: string }> {
  try {
    const { size } = await stat(file);
    if (size > mostBytes) return { found: `${size} bytes`, rule: "must have at most 16 MiB" };
    const bytes = await readFile(file);
    if (isUtf8(bytes)) return { text: bytes.toString("utf8") };
    return { found: "other bytes", rule: "must be UTF-8 (in a spreadsheet: « CSV UTF-8 »)" };
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    return { found: `${quoted(file)}: ${code}`, rule: "must be a file that can be read" };
  }
}

function readHead(head: CsvRecord | undefined, problems: CommandProblem[]): ColumnName[] {
  const names = (head?.fields ?? []).map((field) => field.trim().toLowerCase());
  const wrong = (argument: string, found: string, rule: string) =>
    problems.push({ line: head?.line ?? 1, argument, found, rule });
  for (const name of ["email", "siret"]) {
    if (!names.includes(name)) wrong("header", names.join(","), `must have a column ${name}`);
  }
  for (const [place, name] of names.entries()) {
    if (!columnNames.some((known) => known === name)) {
      wrong("header", quoted(name), `must have only the columns ${columnNames.join(", ")}`);
    } else if (names.indexOf(name) < place) {
      wrong("header", quoted(name), "must have each column once");
    }
  }
  return names as ColumnName[];
}

function readRow(
  { line, fields }: CsvRecord,
  columns: readonly ColumnName[],
  problems: CommandProblem[],
): Row | undefined {
  if (fields.length > columns.length) {
    const rule = `must be no more than the columns of the header, ${columns.length}`;
    problems.push({ line, argument: "fields", found: String(fields.length), rule });
    return undefined;
  }
  const value = (name: ColumnName) => fields[columns.indexOf(name)]?.trim() ?? "";
  const [email, siret, name, until, reason] = columnNames.map(value) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return { line, email, siret, name, until, reason };
}

function readLine(row: Row, now: number, problems: CommandProblem[]): AccessLine | undefined {
  const { line } = row;
  const before = problems.length;
  const email = parseEmailAddress(row.email);
  if (!email) {
    problems.push(argumentProblem({ line, argument: "email" }, row.email, "email-malformed"));
  }
  const siret = siretArgument({ line, argument: "siret" }, row.siret, problems);
  const until = row.until || undefined;
  const untilAt = untilArgument({ line, argument: "until" }, until, now, problems);
  if (!email || !siret || problems.length > before) return undefined;
  const name = row.name || undefined;
  return { line, email, siret, name, untilAt, reason: row.reason || undefined };
}

/** Two lines that say the same or the contrary: which one is meant is not for us to guess. */
function withoutContradictions(
  lines: readonly AccessLine[],
  problems: CommandProblem[],
): AccessLine[] {
  const pairs = new Map<string, number>();
  const names = new Map<Siret, { line: number; name: string }>();
  return lines.filter(({ line, email, siret, name }) => {
    const before = problems.length;
    const pair = `${email} ${siret}`;
    const twice = pairs.get(pair);
    if (twice !== undefined) {
      const rule = `must be opened once: line ${twice} does already`;
      problems.push({ line, argument: "email, siret", found: quoted(pair), rule });
    } else pairs.set(pair, line);
    const named = names.get(siret);
    if (named && name !== undefined && named.name !== name) {
      const rule = `must be the same wherever the SIRET is: line ${named.line} says ${quoted(named.name)}`;
      problems.push({ line, argument: "name", found: quoted(name), rule });
    } else if (name !== undefined) names.set(siret, { line, name });
    return problems.length === before;
  });
}
