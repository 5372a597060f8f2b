import { readFile, stat } from "node:fs/promises";
import type { Reading } from "./client-metadata.ts";
import { type ClientProblem, visible } from "./client-problem.ts";
import { type JsonFault, findJsonFault } from "./json-position.ts";
import { type MayHoldSecret, type PlaceholderLookup, fillPlaceholders } from "./placeholders.ts";

/** A JSON document about clients, its placeholders filled, or why there is none. */
export type ClientDocument =
  | { readonly document: unknown; readonly reading: Reading; readonly problems?: undefined }
  | { readonly problems: readonly ClientProblem[] };

/** The text of a file, or why it cannot be had. */
export type FileText =
  | { readonly text: string; readonly problems?: undefined }
  | { readonly problems: readonly ClientProblem[] };

const mostBytes = 1024 * 1024;

/** Reads a file in UTF-8 of at most 1 MiB; one that cannot be read is a problem, never an error. */
export async function readClientFile(file: string): Promise<FileText> {
  try {
    const { size: bytes } = await stat(file);
    if (bytes > mostBytes) return tooLarge(file, `${bytes} bytes`);
    return decoded(file, await readFile(file));
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    const found = code === "ENOENT" ? "no file" : `a file that cannot be read: ${code}`;
    return unreadable(file, found, "must be a file that can be read");
  }
}

/** The same of what is written to us. @param name what it is called in problems */
export async function readClientStream(
  name: string,
  stream: AsyncIterable<Uint8Array>,
): Promise<FileText> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > mostBytes) return tooLarge(name, "more");
    chunks.push(chunk);
  }
  return decoded(name, Buffer.concat(chunks));
}

function decoded(file: string, content: Uint8Array): FileText {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(content) };
  } catch {
    return unreadable(file, "other bytes", "must be UTF-8");
  }
}

function tooLarge(file: string, found: string): FileText {
  return unreadable(file, found, `must be no larger than ${mostBytes / 1024} KiB`);
}

/**
 * Reads the text of a file that operators deploy as JSON, and fills its `${NAME}`.
 * @param file where it stands, for problems
 * @param mayHoldSecret where a variable that is named as a secret may stand
 */
export function parseDeclaredDocument(
  file: string,
  text: string,
  placeholder: PlaceholderLookup,
  mayHoldSecret?: MayHoldSecret,
): ClientDocument {
  const read = parseJson(file, text);
  if (read.problems) return read;
  const { document, ...reading } = fillPlaceholders(read.written, placeholder, mayHoldSecret);
  return { document, reading };
}

/** Reads the text of anybody else as JSON, as it stands. */
export function parseJson(
  file: string,
  text: string,
):
  | { readonly written: unknown; readonly problems?: undefined }
  | { readonly problems: readonly ClientProblem[] } {
  const fault = findJsonFault(text);
  if (fault) return unreadable(file, faultText(fault), "must be JSON (RFC 8259)");
  return { written: JSON.parse(text) as unknown };
}

function unreadable(
  file: string,
  found: string,
  rule: string,
): { problems: readonly ClientProblem[] } {
  return { problems: [{ file, client: undefined, field: undefined, found, rule }] };
}

function faultText({ line, column, character }: JsonFault): string {
  const what = character === undefined ? "its end" : `the character ${visible(character)}`;
  return `${what} at line ${line}, column ${column}`;
}
