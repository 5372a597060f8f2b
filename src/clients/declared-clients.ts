import { parseDeclaredDocument, readClientFile } from "./client-document.ts";
import { type ValidatedClients, validateClients } from "./client-metadata.ts";
import type { PlaceholderLookup } from "./placeholders.ts";

/** What the declared clients are read with. */
export interface DeclaredClientsParts {
  /** In production plain http redirect addresses are refused, loopback addresses excepted. */
  readonly production: boolean;
  /** What `${NAME}` stands for: a variable that `CLIENTS_FILE_VARIABLES` lists. */
  readonly placeholder: PlaceholderLookup;
}

/**
 * Reads and validates the declared clients (contract §5): a JSON array in UTF-8 of at most 1 MiB.
 * @param file the path of `CLIENTS_FILE`, shown in problems as it is given
 * @returns the clients, or every problem of all of them; a file that cannot be read is a problem, never an error
 */
export async function readDeclaredClients(
  file: string,
  parts: DeclaredClientsParts,
): Promise<ValidatedClients> {
  const read = await readClientFile(file);
  return read.problems ? read : declaredClients(file, read.text, parts);
}

/** Validates the text of a file of declared clients, as {@link readDeclaredClients} does. */
export function declaredClients(
  file: string,
  text: string,
  { production, placeholder }: DeclaredClientsParts,
): ValidatedClients {
  const parsed = parseDeclaredDocument(file, text, placeholder);
  return parsed.problems
    ? parsed
    : validateClients(file, parsed.document, { production, firstParty: true }, parsed.reading);
}
