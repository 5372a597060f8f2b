import { readFile, stat } from "node:fs/promises";
import type { ImportReason, ListProblem } from "../establishments/index.ts";
import { mostFileBytes, mostRows } from "../spreadsheets/index.ts";
import { type CommandProblem, quoted } from "./answer.ts";
import { argumentRules, withProposal } from "./arguments.ts";

/** Reads a file of accesses of at most 16 MiB, whatever saved it. */
export async function readAccessFile(
  file: string,
): Promise<{ bytes: Uint8Array } | { problem: CommandProblem }> {
  const wrong = (found: string, rule: string) => ({
    problem: { argument: "FILE.csv", found, rule },
  });
  try {
    const { size } = await stat(file);
    if (size > mostFileBytes) return wrong(`${size} bytes`, "must have at most 16 MiB");
    return { bytes: await readFile(file) };
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
    "file-empty": "must name its columns and have a row",
    "file-too-large": "must have at most 16 MiB",
    "file-not-a-list": "must be a list: CSV, text with tabs, JSON lines or .xlsx",
    "workbook-old": "must be .xlsx or CSV: this is .xls, or under a password",
    "workbook-unreadable": "must be a workbook that can be read: save it anew, or as CSV",
    "workbook-too-large": "must unpack to at most 64 MiB: save the list alone, or as CSV",
    "list-unreadable": "must be a list that can be read within a minute",
    "rows-too-many": `must have at most ${mostRows} rows`,
    "json-line": "must be a JSON object a line",
    "quote-open": "must close every double quote",
    "siret-missing": "must be given",
    "column-missing": `must have a column ${said("column")}`,
    "column-unknown": `must have only the columns ${said("columns")}`,
    "column-twice": "must have each column once",
    "fields-too-many": `must be no more than the columns of the header, ${said("columns")}`,
    "line-twice": `must be opened once: line ${said("other")} does already`,
    "name-differs": `must be the same wherever the SIRET is: line ${said("other")} says ${quoted(said("name"))}`,
  };
  const plainly = ["list", "fields"].includes(column) || reason === "column-missing";
  const rule = withProposal(rules[reason], details["proposed"]);
  return { line, argument: column, found: plainly ? found : quoted(found), rule };
}
