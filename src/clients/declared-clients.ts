import { readFile, stat } from "node:fs/promises";
import { type ValidatedClients, validateClients } from "./client-metadata.ts";
import { visible } from "./client-problem.ts";
import { type JsonFault, findJsonFault } from "./json-position.ts";
import { type PlaceholderLookup, fillPlaceholders } from "./placeholders.ts";

/** What the declared clients are read with. */
export interface DeclaredClientsParts {
  /** In production plain http redirect addresses are refused, loopback addresses excepted. */
  readonly production: boolean;
  /** What `${NAME}` stands for: a setting or any environment variable. */
  readonly placeholder: PlaceholderLookup;
}

const mostBytes = 1024 * 1024;

/**
 * Reads and validates the declared clients (contract §5): a JSON array in UTF-8 of at most 1 MiB.
 * @param file the path of `CLIENTS_FILE`, shown in problems as it is given
 * @returns the clients, or every problem of all of them; a file that cannot be read is a problem, never an error
 */
export async function readDeclaredClients(
  file: string,
  parts: DeclaredClientsParts,
): Promise<ValidatedClients> {
  const read = await readText(file);
  return "text" in read
    ? declaredClients(file, read.text, parts)
    : unreadable(file, read.found, read.rule);
}

/** Validates the text of a file of declared clients, as {@link readDeclaredClients} does. */
export function declaredClients(
  file: string,
  text: string,
  { production, placeholder }: DeclaredClientsParts,
): ValidatedClients {
  const fault = findJsonFault(text);
  if (fault) return unreadable(file, faultText(fault), "must be JSON (RFC 8259)");
  const { document, ...reading } = fillPlaceholders(JSON.parse(text), placeholder);
  return validateClients(file, document, { production, firstParty: true }, reading);
}

async function readText(file: string): Promise<{ text: string } | { found: string; rule: string }> {
  const size = `must be no larger than ${mostBytes / 1024} KiB`;
  try {
    const { size: bytes } = await stat(file);
    if (bytes > mostBytes) return { found: `${bytes} bytes`, rule: size };
    const content = await readFile(file);
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(content) };
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      return { found: "other bytes", rule: "must be UTF-8" };
    }
    const found = code === "ENOENT" ? "no file" : `a file that cannot be read: ${code}`;
    return { found, rule: "must be a readable file: CLIENTS_FILE names it" };
  }
}

function unreadable(file: string, found: string, rule: string): ValidatedClients {
  return { problems: [{ file, client: undefined, field: undefined, found, rule }] };
}

function faultText({ line, column, character }: JsonFault): string {
  const what = character === undefined ? "its end" : `the character ${visible(character)}`;
  return `${what} at line ${line}, column ${column}`;
}
