import type { Command } from "commander";
import type { Application } from "../application.ts";
import { type AccessFilter, formatSiret } from "../establishments/index.ts";
import { type ImportOptions, importAccesses } from "./access-import.ts";
import { addAccessOpening, optionProblem } from "./access-opening.ts";
import { type Answer, type CommandProblem, failed, listed, shown } from "./answer.ts";
import { accountArgument, siretArgument } from "./arguments.ts";
import type { CommandRun } from "./command-run.ts";
import { accessCells, accessHeader, accessView } from "./views.ts";

/** `lopauth access …`. */
export function addAccessCommands(access: Command, run: CommandRun): void {
  addAccessOpening(access, run);
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
  addImport(access, run);
}

function addImport(access: Command, run: CommandRun): void {
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
    pages: filter ? [await application.accesses.list(filter)] : application.accesses.all(),
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
): Promise<AccessFilter | undefined> {
  if (which === undefined) return undefined;
  if (!which.includes("@")) {
    return { siret: siretArgument({ argument: "EMAIL|SIRET" }, which, problems) };
  }
  const account = await accountArgument(application, which, problems);
  return { accountId: account?.id };
}
