import { CsvError, parse } from "csv-parse/sync";
import { type TableReading, type TableRow, mostRows, tableRow } from "./table.ts";

/**
 * The rows of a list: CSV parted by semicolons, commas or tabs, the first line may say which (`sep=;`); or JSON
 * lines, whose names then make the first row. Any line ends; blank lines and columns are left out.
 * @see RFC 4180
 */
export function readTable(text: string): TableReading {
  const plain = text.replace(/^\u{feff}/u, "");
  const reading = /^\s*\{/.test(plain) ? readJsonLines(plain) : readCsv(plain);
  if (reading.fault) return reading;
  const [{ line } = { line: 1 }] = reading.rows;
  return reading.rows.length === 0 ? { fault: { line, reason: "file-empty" } } : reading;
}

const tooMany = (line: number): TableReading => ({
  fault: { line, reason: "rows-too-many", details: { maximum: mostRows } },
});

/** What Excel reads, and some programs write, in front of everything. */
const separatorLine = /^"?sep=(.)"?\s*$/i;
const lineEnd = /\r\n|\r|\n/;
const lineEnds = new RegExp(lineEnd, "g");

/** Ends the reading of a list that has too many rows. */
class TooManyRows extends Error {}

function readCsv(text: string): TableReading {
  const head = text.slice(0, 100_000).split(lineEnd).find(isFilled) ?? "";
  const said = separatorLine.exec(head)?.[1];
  const delimiter = said ?? usualDelimiter(head);
  const rows: TableRow[] = [];
  let last = 0;
  let twice = 0;
  const keep = (cells: string[], lines: number) => {
    // The parser counts both signs of a CR LF within quotes, which is what a form makes of any line end.
    twice += countIn(cells, /\r\n/g);
    last = lines - twice;
    const row = tableRow(last - countIn(cells, lineEnds), cells);
    if (!row || (said !== undefined && rows.length === 0 && /^sep=/i.test(row.cells[0] ?? ""))) {
      return;
    }
    rows.push(row);
    if (rows.length > mostRows + 1) throw new TooManyRows();
  };
  try {
    parse(text, {
      delimiter,
      record_delimiter: ["\r\n", "\n", "\r"],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (cells: string[], { lines }) => {
        keep(cells, lines);
        return null;
      },
    });
  } catch (error) {
    if (error instanceof TooManyRows) return tooMany(last);
    if (!(error instanceof CsvError)) throw error;
    return { fault: { line: last + 1, reason: "quote-open" } };
  }
  return { rows };
}

function countIn(cells: readonly string[], sign: RegExp): number {
  return cells.reduce((sum, cell) => sum + (cell.match(sign)?.length ?? 0), 0);
}

/** Whether a line has more than what parts columns. */
function isFilled(line: string): boolean {
  return /[^\s;,|"]/.test(line);
}

/** The sign that the first line has most of, outside quotes. */
function usualDelimiter(head: string): string {
  const bare = head.replace(/"[^"]*"/g, "");
  const count = (sign: string) => bare.split(sign).length;
  return [",", "\t"].reduce((best, each) => (count(each) > count(best) ? each : best), ";");
}

function readJsonLines(text: string): TableReading {
  const records: { line: number; record: Readonly<Record<string, unknown>> }[] = [];
  for (const [place, written] of text.split(lineEnd).entries()) {
    if (written.trim() === "") continue;
    const record = parsedRecord(written);
    if (!record) return { fault: { line: place + 1, reason: "json-line" } };
    records.push({ line: place + 1, record });
    if (records.length > mostRows) return tooMany(place + 1);
  }
  const names = [...new Set(records.flatMap(({ record }) => Object.keys(record)))];
  const rows = records.flatMap(({ line, record }) => {
    const cells = names.map((name) => (Object.hasOwn(record, name) ? jsonCell(record[name]) : ""));
    return tableRow(line, cells) ?? [];
  });
  return { rows: [{ line: records[0]?.line ?? 1, cells: names }, ...rows] };
}

function parsedRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
    return isRecord ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function jsonCell(value: unknown): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
