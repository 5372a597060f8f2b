import { CommanderError } from "commander";
import { ConfigurationError } from "../operations/index.ts";
import { MaintenanceFault, SchemaError, databaseFault, thisBuild } from "../storage/index.ts";
import { type Answer, type Failure, FaultWithNote, type Terminal, writeFailure } from "./answer.ts";
import { openedApplication } from "./opened-application.ts";
import type { CommandSurroundings } from "./command-run.ts";
import { instantText } from "./instants.ts";
import { createProgram } from "./program.ts";

/**
 * Runs one command.
 * @param words what stands behind `lopauth`
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong usage
 */
export async function runCommandLine(
  words: readonly string[],
  surroundings: CommandSurroundings,
): Promise<number> {
  const { terminal, readSettings } = surroundings;
  const json = words.includes("--json");
  const log = heldLog(terminal, json);
  const logged = { ...surroundings, terminal: { ...terminal, err: log.write } };
  let exitCode = 0;
  const write = async ({ write: writeAnswer, failure, failing = false }: Answer) => {
    await writeAnswer?.(terminal, json);
    if (failing) exitCode = 1;
    if (!failure) return;
    writeFailure(failure, terminal, json, log.taken());
    exitCode = 1;
  };
  // Usage in text would make standard error unreadable for a program that asked for JSON.
  const usage = json ? { ...terminal, err: () => undefined } : terminal;
  const program = createProgram(usage, versionText(json), {
    withSurroundings: async (work) => write(await work(logged)),
    withSettings: async (work) => write(await work(readSettings())),
    withApplication: async (work) => {
      // Loaded here and not at the top: see opened-application.
      const { examinedFiles } = await import("../examination/index.ts");
      await openedApplication(await examinedFiles(readSettings), logged, async (opened) =>
        write("failure" in opened ? opened : await work(opened.application)),
      );
    },
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    const { failure, exitCode: code } = endOf(error);
    if (failure && (json || code === 1)) writeFailure(failure, terminal, json, log.taken());
    return code;
  } finally {
    for (const line of log.taken()) terminal.err(line);
  }
}

/** What is thrown ends a command with; what is wrong with its words has been told to people already. */
function endOf(error: unknown): { readonly failure?: Failure; readonly exitCode: number } {
  if (!(error instanceof CommanderError)) return { failure: failureOf(error), exitCode: 1 };
  if (error.exitCode === 0) return { exitCode: 0 };
  return { failure: { error: usageText(error), problems: [], lines: [] }, exitCode: 2 };
}

/** The lines of the log while a program reads along: beside what is wrong, they would be no JSON; else they come at the end. */
function heldLog({ err }: Terminal, json: boolean) {
  const held: string[] = [];
  return {
    write: (line: string) => {
      if (json) held.push(line);
      else err(line);
    },
    taken: () => held.splice(0),
  };
}

function versionText(json: boolean): string {
  return json ? JSON.stringify({ version: thisBuild }) : thisBuild;
}

function usageText({ code, message }: CommanderError): string {
  return code === "commander.help" ? "a command is missing" : message.replace(/^error: /, "");
}

/** A fault for people: what the system or the database says; only what nobody foresaw shows where it arose. */
function failureOf(error: unknown): Failure {
  if (error instanceof FaultWithNote) {
    const failure = failureOf(error.cause);
    return { ...failure, lines: [...failure.lines, error.note] };
  }
  if (error instanceof ConfigurationError) {
    const [title = "", ...lines] = error.message.split("\n").map((line) => line.trim());
    return { error: title, problems: error.problems, lines };
  }
  if (error instanceof SchemaError) return { error: error.message, problems: [], lines: [] };
  if (error instanceof MaintenanceFault) {
    const said = `the register only reads until ${instantText(error.until)} (lopauth maintenance)`;
    return { error: said, problems: [], lines: ['"lopauth maintenance off" ends it'] };
  }
  return systemFailure(error);
}

function systemFailure(error: unknown): Failure {
  const { code, message = String(error), stack = "" } = error as Partial<NodeJS.ErrnoException>;
  // Of a refused connection to several addresses Node gives the code alone.
  if (code !== undefined) {
    // knex puts the statement in front of what SQLite says.
    const [said] = /SQLITE_[A-Z_]+: .*$/s.exec(message) ?? [];
    return { error: said ?? (message || code), problems: [], lines: [] };
  }
  // A connection that nobody answered ends without a code.
  const fault = databaseFault(error);
  if (fault) return { error: fault.message, problems: [], lines: [] };
  const lines = stack.split("\n").slice(1);
  return { error: message, problems: [], lines: lines.map((line) => line.trim()) };
}
