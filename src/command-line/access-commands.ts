import type { Command } from "commander";
import type { Application } from "../application.ts";
import { type AccessFilter, type InviteCommand, formatSiret } from "../establishments/index.ts";
import {
  type EmailAddress,
  isoInstant,
  parisUntil,
  parseEmailAddress,
} from "../foundation/index.ts";
import { type ImportOptions, importAccesses } from "./access-import.ts";
import { type Answer, type CommandProblem, failed, listed, shown } from "./answer.ts";
import { accountArgument, argumentProblem, siretArgument, untilArgument } from "./arguments.ts";
import type { CommandRun } from "./command-run.ts";
import { accessCells, accessHeader, accessView } from "./views.ts";

interface OpenOptions {
  readonly name?: string;
  readonly until?: string;
  readonly reason?: string;
  readonly invite?: boolean;
}

/** `lopauth access …`. */
export function addAccessCommands(access: Command, run: CommandRun): void {
  access
    .command("open")
    .description("open establishments to an account, with one mail for all of them")
    .argument("<email>", "the address of the account")
    .argument("<siret...>", "the SIRET of each establishment, separators allowed within quotes")
    .option("--name <name>", "what the establishment is called (with one SIRET)")
    .option("--until <date>", "the last day (2027-01-31) or an instant with its offset")
    .option("--reason <text>", "why; kept, not shown to the person")
    .option("--invite", "invite an address that has no account: opens when it is validated")
    .action((email: string, sirets: string[], options: OpenOptions, command: Command) => {
      if (options.name !== undefined && sirets.length > 1) {
        command.error("error: --name names one establishment: give one SIRET with it");
      }
      return run.withApplication((application) => openAccess(application, email, sirets, options));
    });
  access
    .command("close")
    .description("close establishments to an account, with one mail for all of them")
    .argument("<email>", "the address of the account")
    .argument("<siret...>", "the SIRET of each establishment, separators allowed within quotes")
    .option("--reason <text>", "why; kept, and told in the mail")
    .action((email: string, sirets: string[], options: { readonly reason?: string }) =>
      run.withApplication((application) => closeAccess(application, email, sirets, options)),
    );
  access
    .command("list")
    .description("accesses past and present: all, of an account, or to an establishment")
    .argument("[email|siret]", "an address or a SIRET")
    .action((which: string | undefined) =>
      run.withApplication((application) => listAccesses(application, which)),
    );
  access
    .command("import")
    .description("open the accesses of a list, all or none, with one mail a person")
    .argument(
      "<file>",
      "CSV, text with tabs, JSON lines or .xlsx; columns email, siret and, optional, name, until, reason",
    )
    .option("--dry-run", "show what would be opened, and open nothing")
    .option("--invite", "invite the addresses that have no account")
    .option("--only-right", "carry out the lines that are right although others are not")
    .option("--rejected <file>", "write the other lines there, with what is wrong with each")
    .option("--skip-unknown-columns", "leave columns that nobody knows unread")
    .action((file: string, options: ImportOptions) =>
      run.withApplication((application) => importAccesses(application, file, options)),
    );
}

async function openAccess(
  application: Application,
  email: string,
  typed: readonly string[],
  { name, until, reason, invite }: OpenOptions,
): Promise<Answer> {
  const problems: CommandProblem[] = [];
  const address = invite ? await unknownAddress(application, email) : undefined;
  const account = address ? undefined : await accountArgument(application, email, problems);
  const sirets = typed.flatMap(
    (each) => siretArgument({ argument: "SIRET" }, each, problems) ?? [],
  );
  const now = application.clock.epochSeconds();
  const untilAt = untilArgument({ argument: "--until" }, until, now, problems);
  const nothing = "nothing was opened";
  if ((!account && !address) || problems.length > 0) return failed(nothing, problems);
  const [first] = sirets;
  const names = new Map(name !== undefined && first ? [[first, name]] : []);
  const opening = { sirets, names, untilAt, reason, by: "operator" };
  const given = { email, name: name ?? "", reason: reason ?? "", untilAt: until ?? "" };
  if (address) return inviteAddress(application, { ...opening, email: address }, given);
  if (!account) return failed(nothing, problems);
  const outcome = await application.accesses.open({ ...opening, account });
  if (!outcome.accepted) {
    return failed(
      nothing,
      outcome.problems.map((problem) => optionProblem(problem, given)),
    );
  }
  const opened = outcome.value.opened.map(({ siret }) => siret);
  const { alreadyOpen } = outcome.value;
  const untilText = untilAt === undefined ? "" : ` until ${parisUntil(untilAt)}`;
  return shown(
    {
      email: account.email,
      opened,
      already_open: alreadyOpen,
      until: untilAt === undefined ? null : isoInstant(untilAt),
    },
    [
      ...opened.map((siret) => `opened        ${formatSiret(siret)}${untilText}`),
      ...alreadyOpen.map((siret) => `already open  ${formatSiret(siret)}`),
      opened.length > 0 ? `${account.email} is told by mail.` : "Nothing changed.",
    ].join("\n"),
  );
}

/** The address if it has no account. */
async function unknownAddress(
  { administration }: Application,
  typed: string,
): Promise<EmailAddress | undefined> {
  const found = await administration.find(typed);
  return found.accepted ? undefined : parseEmailAddress(typed);
}

async function inviteAddress(
  { invitations }: Application,
  command: InviteCommand,
  given: Readonly<Record<string, string>>,
): Promise<Answer> {
  const outcome = await invitations.invite(command);
  if (!outcome.accepted) {
    return failed(
      "nobody was invited",
      outcome.problems.map((problem) => optionProblem(problem, given)),
    );
  }
  const { email, untilAt } = command;
  const invited = outcome.value.invited.map(({ siret }) => siret);
  const { alreadyInvited } = outcome.value;
  return shown(
    {
      email,
      invited,
      already_invited: alreadyInvited,
      until: untilAt === undefined ? null : isoInstant(untilAt),
    },
    [
      ...invited.map((siret) => `invited          ${formatSiret(siret)}`),
      ...alreadyInvited.map((siret) => `already invited  ${formatSiret(siret)}`),
      invited.length > 0 ? `${email} is invited by mail.` : "Nothing changed.",
    ].join("\n"),
  );
}

async function closeAccess(
  application: Application,
  email: string,
  typed: readonly string[],
  { reason }: { readonly reason?: string },
): Promise<Answer> {
  const problems: CommandProblem[] = [];
  const account = await accountArgument(application, email, problems);
  const sirets = typed.flatMap(
    (each) => siretArgument({ argument: "SIRET" }, each, problems) ?? [],
  );
  const nothing = "nothing was closed";
  if (!account || problems.length > 0) return failed(nothing, problems);
  const outcome = await application.accesses.close({ account, sirets, reason, by: "operator" });
  if (!outcome.accepted) {
    const given = { reason: reason ?? "" };
    return failed(
      nothing,
      outcome.problems.map((problem) => optionProblem(problem, given)),
    );
  }
  const closed = outcome.value.closed.map(({ siret }) => siret);
  const { notOpen } = outcome.value;
  return shown(
    { email: account.email, closed, not_open: notOpen },
    [
      ...closed.map((siret) => `closed    ${formatSiret(siret)}`),
      ...notOpen.map((siret) => `not open  ${formatSiret(siret)}`),
      closed.length > 0 ? `${account.email} is told by mail.` : "Nothing changed.",
    ].join("\n"),
  );
}

async function listAccesses(application: Application, which?: string): Promise<Answer> {
  const problems: CommandProblem[] = [];
  const filter = await accessFilter(application, which, problems);
  if (problems.length > 0) return failed("there is nothing to list", problems);
  return listed({
    pages: [await application.accesses.list(filter)],
    header: accessHeader,
    cells: accessCells,
    view: accessView,
    none: "There is no access.",
  });
}

async function accessFilter(
  application: Application,
  which: string | undefined,
  problems: CommandProblem[],
): Promise<AccessFilter> {
  if (which === undefined) return {};
  if (!which.includes("@")) {
    return { siret: siretArgument({ argument: "EMAIL|SIRET" }, which, problems) };
  }
  const account = await accountArgument(application, which, problems);
  return { accountId: account?.id };
}

/** A refusal of the room, said of the option it comes from. */
function optionProblem(
  {
    field,
    reason,
  }: { readonly field?: string; readonly reason: Parameters<typeof argumentProblem>[2] },
  given: Readonly<Record<string, string>>,
): CommandProblem {
  const options: Record<string, string> = {
    siret: "SIRET",
    name: "--name",
    reason: "--reason",
    untilAt: "--until",
  };
  const argument = options[field ?? ""] ?? "EMAIL";
  return argumentProblem({ argument }, given[field ?? "email"] ?? "", reason);
}
