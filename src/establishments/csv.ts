/** One record of a CSV file. */
export interface CsvRecord {
  /** The line it begins on, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** What a CSV file says, or the line on which it cannot be read. */
export type CsvReading =
  | { readonly records: readonly CsvRecord[]; readonly fault?: undefined }
  | {
      readonly records?: undefined;
      readonly fault: {
        readonly line: number;
        readonly found: string;
        readonly reason: "quote-open" | "quote-followed";
      };
    };

/**
 * Reads CSV as spreadsheets write it: commas, semicolons or, copied from a
 * spreadsheet, tabs (whichever the first line has most of), fields
 * in double quotes, quotes in them doubled, any line ends, a byte order mark. Empty lines are left out.
 * @see RFC 4180
 */
export function readCsv(file: string): CsvReading {
  const text = file.replace(/^\u{feff}/u, "");
  const delimiter = delimiterOf(text);
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let line = 1;
  let firstLine = 1;
  let at = 0;
  for (;;) {
    const field = readField(text, at, delimiter);
    if (!field) return { fault: { line, found: '"', reason: "quote-open" } };
    fields.push(field.value);
    line += lineEnds(field.value);
    at = field.end;
    const end = text[at];
    if (end === delimiter) {
      at += 1;
      continue;
    }
    if (end !== undefined && end !== "\r" && end !== "\n") {
      return { fault: { line, found: end, reason: "quote-followed" } };
    }
    if (fields.some((value) => value.trim() !== "")) records.push({ line: firstLine, fields });
    if (end === undefined) return { records };
    at += text.startsWith("\r\n", at) ? 2 : 1;
    line += 1;
    firstLine = line;
    fields = [];
  }
}

/** The field that begins at a place, and where it ends; undefined when its quote is never closed. */
function readField(
  text: string,
  from: number,
  delimiter: string,
): { value: string; end: number } | undefined {
  if (text[from] !== '"') {
    let end = from;
    while (end < text.length && text[end] !== delimiter && !isLineEnd(text[end])) end += 1;
    return { value: text.slice(from, end), end };
  }
  let quote = text.indexOf('"', from + 1);
  while (quote >= 0 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2);
  if (quote < 0) return undefined;
  return { value: text.slice(from + 1, quote).replaceAll('""', '"'), end: quote + 1 };
}

function isLineEnd(character: string | undefined): boolean {
  return character === "\r" || character === "\n";
}

function lineEnds(value: string): number {
  return value.match(/\r\n|\r|\n/g)?.length ?? 0;
}

function delimiterOf(text: string): string {
  const [head = ""] = text.split(/\r|\n/, 1);
  const count = (character: string) => head.split(character).length;
  return [";", "\t"].reduce((best, each) => (count(each) > count(best) ? each : best), ",");
}
