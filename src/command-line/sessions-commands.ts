import type { Command } from "commander";
import type { Application } from "../application.ts";
import { type Answer, type CommandProblem, failed, shown } from "./answer.ts";
import { accountArgument } from "./arguments.ts";
import type { CommandRun } from "./command-run.ts";

/** `lopauth sessions …`. */
export function addSessionCommands(sessions: Command, run: CommandRun): void {
  sessions
    .command("end")
    .description("end at once all sessions and tokens of an account, or of everybody")
    .argument("[email]", "the address of the account")
    .option("--all", "everybody's: for the day when somebody may hold what is not theirs")
    .action((email: string | undefined, { all = false }: { readonly all?: boolean }, command) => {
      if (all === (email !== undefined))
        (command as Command).error("error: give the address of an account, or --all");
      return run.withApplication((application) =>
        email === undefined ? endEverybodys(application) : endOf(application, email),
      );
    });
}

async function endEverybodys({ endings }: Application): Promise<Answer> {
  await endings.renewEverybodys("operator");
  const text = [
    "Everybody's sessions and tokens have ended: everybody signs in again.",
    "JWT access tokens for resource servers live for up to five minutes more; clients are told by back-channel logout, account by account.",
  ].join("\n");
  return shown({ ended: "all" }, text);
}

async function endOf(application: Application, typed: string): Promise<Answer> {
  const problems: CommandProblem[] = [];
  const account = await accountArgument(application, typed, problems);
  if (!account) return failed("nothing was ended", problems);
  const { email } = account;
  await application.administration.endSessions(email, "operator");
  return shown({ ended: email }, `The sessions and tokens of ${email} have ended.`);
}
