import { columns, plain } from "./columns.ts";

/** Where a command writes: standard output and standard error. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** One thing that is wrong with what a command was given. */
export interface CommandProblem {
  /** The line of a file, from 1. */
  readonly line?: number;
  /** The argument, option or column at fault. */
  readonly argument: string;
  readonly found: string;
  /** What it must be: a sentence that begins with its verb. */
  readonly rule: string;
}

/** Why a command did nothing. */
export interface Failure {
  readonly error: string;
  /** For programs. */
  readonly problems: readonly object[];
  /** The same for people, one line each. */
  readonly lines: readonly string[];
}

/** A fault that broke a command off, and what else is to be said of it. */
export class FaultWithNote extends Error {
  readonly note: string;

  constructor(cause: unknown, note: string) {
    super(note, { cause });
    this.note = note;
  }
}

/** What a command says. With a failure the exit code is 1. */
export interface Answer {
  readonly write?: (terminal: Terminal, json: boolean) => Promise<void>;
  readonly failure?: Failure;
  /** The exit code is 1, and what was written says why. */
  readonly failing?: boolean;
}

/** A list that may be long: it is read, and printed, page by page. */
export interface Listing<Item> {
  readonly pages: AsyncIterable<readonly Item[]> | readonly (readonly Item[])[];
  readonly header: readonly string[];
  readonly cells: (item: Item) => readonly string[];
  /** An element of the JSON array. */
  readonly view: (item: Item) => object;
  /** What people read when there is nothing. */
  readonly none: string;
}

/** An answer that is one document, or its text for people. */
export function shown(document: object, text: string): Answer {
  return {
    write: ({ out }, json) => {
      out(json ? `${jsonText(document)}\n` : withLineEnd(text.split("\n").map(plain).join("\n")));
      return Promise.resolve();
    },
  };
}

/** An answer that is a list: a JSON array, or aligned columns. */
export function listed<Item>(listing: Listing<Item>): Answer {
  return {
    write: (terminal, json) =>
      json ? writeArray(listing, terminal) : writeColumns(listing, terminal),
  };
}

/** A refusal that names each problem. */
export function failed(
  error: string,
  problems: readonly CommandProblem[] = [],
): { readonly failure: Failure } {
  return { failure: { error, problems, lines: problems.map(problemLine) } };
}

/** A value as a problem shows it: in quotes, on one line, short. */
export function quoted(value: string): string {
  return `"${short(value)}"`;
}

/** The same of what was read of a file and is no value: its head, a row. */
export function excerpt(text: string): string {
  return text === "" ? "nothing" : short(text);
}

function short(text: string): string {
  const line = plain(text);
  return line.length > 100 ? `${line.slice(0, 100)}…` : line;
}

/**
 * What went wrong, on standard error.
 * @param log lines of the log, which a program is given in the same document
 */
export function writeFailure(
  { error, problems, lines }: Failure,
  terminal: Terminal,
  json: boolean,
  log: readonly string[] = [],
) {
  const logged = log.length > 0 && { log: log.map((line) => line.trimEnd()) };
  if (json) terminal.err(`${jsonText({ error, problems, ...logged })}\n`);
  else
    terminal.err([`error: ${error}`, ...lines.map((line) => `  ${line}`)].map(eachLine).join(""));
}

/** Whoever wrote what is told of (a file, a server) must not write to a terminal. */
function eachLine(line: string): string {
  return `${plain(line)}\n`;
}

function problemLine({ line, argument, found, rule }: CommandProblem): string {
  return `${line === undefined ? "" : `line ${line}: `}${argument} ${rule} (found ${found})`;
}

async function writeArray<Item>({ pages, view }: Listing<Item>, { out }: Terminal): Promise<void> {
  let before = "[";
  for await (const page of pages) {
    if (page.length === 0) continue;
    out(before + page.map((item) => `\n  ${jsonText(view(item))}`).join(","));
    before = ",";
  }
  out(before === "[" ? "[]\n" : "\n]\n");
}

async function writeColumns<Item>(
  { pages, header, cells, none }: Listing<Item>,
  { out }: Terminal,
): Promise<void> {
  const align = columns();
  let empty = true;
  for await (const page of pages) {
    if (page.length === 0) continue;
    out(align([...(empty ? [header] : []), ...page.map(cells)]));
    empty = false;
  }
  if (empty) out(withLineEnd(none));
}

/** What people typed may hold characters that a terminal obeys: they are escaped, which JSON allows. */
function jsonText(value: object): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

function withLineEnd(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

/** A number with the words that go with it: `1 row was`, `2 rows were`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
