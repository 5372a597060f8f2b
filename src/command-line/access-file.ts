import { readFile, stat } from "node:fs/promises";
import type { ImportReason, ListProblem } from "../establishments/index.ts";
import { mostFileBytes } from "../spreadsheets/index.ts";
import { type CommandProblem, excerpt, quoted } from "./answer.ts";
import { argumentRules, withProposal } from "./arguments.ts";
import { listRules } from "./list-rules.ts";

/** Reads a list of at most 16 MiB, whatever saved it. */
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
    ...listRules,
    "siret-missing": "must be given",
    "column-missing": `must have a column ${said("column")}`,
    "column-unknown": `must have only the columns ${said("columns")}`,
    "fields-too-many": `must be no more than the columns of the header, ${said("columns")}`,
    "line-twice": `must be opened once: line ${said("other")} does already`,
    "name-differs": `must be the same wherever the SIRET is: line ${said("other")} says ${quoted(said("name"))}`,
  };
  const plainly = ["list", "fields"].includes(column) || reason === "column-missing";
  const rule = withProposal(rules[reason], details["proposed"]);
  return { line, argument: column, found: plainly ? excerpt(found) : quoted(found), rule };
}
