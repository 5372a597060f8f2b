import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Command, Option } from "commander";
import type { Application } from "../application.ts";
import { savedFormats, savedTables } from "../backoffice/index.ts";
import { wholeFile } from "../storage/index.ts";
import { type Answer, counted, failed, quoted, shown } from "./answer.ts";
import type { CommandRun } from "./command-run.ts";

interface ExportOptions {
  readonly format: (typeof savedFormats)[number];
  readonly output: string;
}

/** `lopauth export`: what the back office saves as files, by the same code. */
export function addExportCommand(program: Command, run: CommandRun): void {
  const command = program.command("export").description("save a table as a file");
  for (const table of savedTables) addSaveCommand(command, table, table, run);
}

/** One command that saves one table. */
export function addSaveCommand(
  command: Command,
  name: string,
  table: (typeof savedTables)[number],
  run: CommandRun,
): void {
  const format = new Option("--format <format>", "csv opens in columns in a French Excel");
  command
    .command(name)
    .description(descriptions[table])
    .addOption(format.choices(savedFormats).default("csv"))
    .requiredOption("--output <file>", "the file to make, which its owner alone may read")
    .action((options: ExportOptions) =>
      run.withApplication((application) => saveTable(application, table, options)),
    );
}

const descriptions = {
  accounts: "who has an account; `account import` reads it again",
  accesses: "what is and was open to whom; `access import` reads it again",
  invitations: "what waits for an account; `access import --invite` reads it again",
  requests: "what was asked, an establishment a line",
  audit: "every event",
};

async function saveTable(
  { registerExport }: Application,
  table: (typeof savedTables)[number],
  { format, output }: ExportOptions,
): Promise<Answer> {
  let lines = 0;
  const countedLines = async function* () {
    for await (const line of registerExport.lines(table, format)) {
      lines += 1;
      yield line;
    }
  };
  try {
    // Half a file would pass for a whole one.
    await wholeFile(output, (part) =>
      pipeline(Readable.from(countedLines()), createWriteStream(part, { flags: "r+" })),
    );
  } catch (error) {
    const rule = lines === 0 ? rules[(error as NodeJS.ErrnoException).code ?? ""] : undefined;
    if (rule === undefined) throw error;
    const problem = { argument: "--output", found: quoted(output), rule };
    return failed("nothing was saved", [problem]);
  }
  const rows = format === "csv" ? lines - 1 : lines;
  const saved = counted(rows, "row was", "rows were");
  return shown({ file: output, table, format, rows }, `${saved} saved in ${output}.`);
}

const rules: Readonly<Record<string, string>> = {
  EEXIST: "must not exist: an export never overwrites",
  ENOENT: "must be in a folder that exists",
  EACCES: "must be in a folder that may be written to",
  EISDIR: "must name a file",
};
