import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import type { ImportReason, ListProblem } from "../establishments/index.ts";
import { type CommandProblem, quoted } from "./answer.ts";
import { argumentRules } from "./arguments.ts";

const mostBytes = 16 * 1024 * 1024;

/** Reads the text of a file of accesses: CSV in UTF-8 of at most 16 MiB. */
export async function readAccessFile(
  file: string,
): Promise<{ text: string } | { problem: CommandProblem }> {
  const wrong = (found: string, rule: string) => ({
    problem: { argument: "FILE.csv", found, rule },
  });
  try {
    const { size } = await stat(file);
    if (size > mostBytes) return wrong(`${size} bytes`, "must have at most 16 MiB");
    const bytes = await readFile(file);
    if (isUtf8(bytes)) return { text: bytes.toString("utf8") };
    return wrong("other bytes", "must be UTF-8 (in a spreadsheet: « CSV UTF-8 »)");
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    return wrong(`${quoted(file)}: ${code}`, "must be a file that can be read");
  }
}

/** What is wrong with a line, in the words of the command line. */
export function lineProblem(problem: ListProblem<ImportReason>): CommandProblem {
  const { line, column, found, reason, details = {} } = problem;
  const said = (name: string) => String(details[name] ?? "");
  const rules: Readonly<Record<ImportReason, string>> = {
    ...argumentRules,
    "quote-open": "must close every double quote",
    "quote-followed": "must have a separator or the end of the line behind a closing quote",
    "column-missing": `must have a column ${said("column")}`,
    "column-unknown": `must have only the columns ${said("columns")}`,
    "column-twice": "must have each column once",
    "fields-too-many": `must be no more than the columns of the header, ${said("columns")}`,
    "line-twice": `must be opened once: line ${said("other")} does already`,
    "name-differs": `must be the same wherever the SIRET is: line ${said("other")} says ${quoted(said("name"))}`,
  };
  const plainly = reason === "fields-too-many" || reason === "column-missing";
  return { line, argument: column, found: plainly ? found : quoted(found), rule: rules[reason] };
}
