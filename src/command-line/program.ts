import { Command } from "commander";
import { addAccessCommands } from "./access-commands.ts";
import { addAccountCommands } from "./account-commands.ts";
import type { Terminal } from "./answer.ts";
import { addAuditCommands } from "./audit-commands.ts";
import { addClientCommands } from "./client-commands.ts";
import { addDoctorCommand } from "./doctor.ts";
import { addKeyCommands } from "./keys-commands.ts";
import { addExportCommand } from "./export-command.ts";
import { addMoveCommand } from "./move-command.ts";
import { addMaintenanceCommands } from "./maintenance-commands.ts";
import { addOutboxCommands } from "./outbox-commands.ts";
import type { CommandRun } from "./command-run.ts";
import { addSessionCommands } from "./sessions-commands.ts";
import { addSignalCommands } from "./signals-commands.ts";
import { addStaffCommands } from "./staff-commands.ts";
import { addUpkeepCommands } from "./upkeep-commands.ts";

/**
 * The grammar of `lopauth`: every command with its arguments, options and help. Wrong usage is thrown as CommanderError.
 * @param version what `--version` prints
 */
export function createProgram(terminal: Terminal, version: string, run: CommandRun): Command {
  const program = new Command("lopauth")
    .description("Operates the identity provider of l'Opcommerce.")
    .option("--json", "print one JSON document, and what is wrong as { error, problems }")
    .version(version, "--version", "print which build this is")
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError();
  addUpkeepCommands(program, run);
  addDoctorCommand(program, run);
  addExportCommand(program, run);
  addMoveCommand(program, run);
  addClientCommands(program.command("client").description("client applications"), run);
  addAccountCommands(program.command("account").description("accounts of people"), run);
  addAccessCommands(program.command("access").description("establishments open to accounts"), run);
  addSessionCommands(program.command("sessions").description("who is signed in"), run);
  addSignalCommands(program.command("signals").description("streams of Shared Signals"), run);
  addKeyCommands(program.command("keys").description("keys that sign tokens"), run);
  addMaintenanceCommands(
    program.command("maintenance").description("a time in which the register only reads"),
    run,
  );
  addOutboxCommands(program.command("outbox").description("what waits to be sent"), run);
  addStaffCommands(program.command("staff").description("members of staff"), run);
  addAuditCommands(program.command("audit").description("what was done, by whom, and when"), run);
  return program;
}
