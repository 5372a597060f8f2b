import type { Command } from "commander";
import type { Account } from "../accounts/index.ts";
import type { Application } from "../application.ts";
import { type InviteCommand, type Siret, formatSiret } from "../establishments/index.ts";
import { type EmailAddress, isoInstant, parseEmailAddress } from "../foundation/index.ts";
import { type Answer, type CommandProblem, failed, shown } from "./answer.ts";
import { accountArgument, argumentProblem, siretArgument, untilArgument } from "./arguments.ts";
import type { CommandRun } from "./command-run.ts";
import { untilText } from "./instants.ts";

interface OpenOptions {
  /** One an establishment, in their order. */
  readonly name?: readonly string[];
  readonly until?: string;
  readonly reason?: string;
  readonly invite?: boolean;
}

/** `lopauth access open`. */
export function addAccessOpening(access: Command, run: CommandRun): void {
  access
    .command("open")
    .description("open establishments to an account, with one mail for all of them")
    .argument("<email>", "the address of the account")
    .argument("<siret...>", "the SIRET of each establishment, separators allowed within quotes")
    .option(
      "--name <name>",
      "what an establishment is called; with several, once for each SIRET, in their order",
      (name: string, before: readonly string[] | undefined) => [...(before ?? []), name],
    )
    .option("--until <date>", "the last day (2027-01-31, in Paris) or an instant with its offset")
    .option("--reason <text>", "why; kept, not shown to the person")
    .option("--invite", "invite an address that has no account: opens when it is validated")
    .action((email: string, sirets: string[], options: OpenOptions, command: Command) => {
      const names = options.name?.length ?? 0;
      if (names > 0 && names !== sirets.length) {
        const found = `found ${names} for ${sirets.length} SIRETs`;
        command.error(`error: --name must be given once for each SIRET, in their order (${found})`);
      }
      return run.withApplication((application) => openAccess(application, email, sirets, options));
    });
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
  const given = { email, name: name?.join(", ") ?? "", reason: reason ?? "", untilAt: until ?? "" };
  const opening = { sirets, names: namesOf(sirets, name), untilAt, reason, by: "operator" };
  if (problems.length > 0) return failed(nothingOpened, problems);
  if (address) return inviteAddress(application, { ...opening, email: address }, given);
  return account
    ? openTo(application, { ...opening, account }, given)
    : failed(nothingOpened, problems);
}

function namesOf(
  sirets: readonly Siret[],
  names: readonly string[] = [],
): ReadonlyMap<Siret, string> {
  return new Map(
    names.flatMap((name, place) => sirets.slice(place, place + 1).map((siret) => [siret, name])),
  );
}

const nothingOpened = "nothing was opened";

async function openTo(
  { accesses }: Application,
  command: Parameters<Application["accesses"]["open"]>[0] & { readonly account: Account },
  given: Readonly<Record<string, string>>,
): Promise<Answer> {
  const outcome = await accesses.open(command);
  if (!outcome.accepted) {
    return failed(
      nothingOpened,
      outcome.problems.map((problem) => optionProblem(problem, given)),
    );
  }
  const { account, untilAt } = command;
  const opened = outcome.value.opened.map(({ siret }) => siret);
  const { alreadyOpen } = outcome.value;
  const until = untilAt === undefined ? "" : ` until ${untilText(untilAt)}`;
  return shown(
    {
      email: account.email,
      opened,
      already_open: alreadyOpen,
      until: untilAt === undefined ? null : isoInstant(untilAt),
    },
    [
      ...opened.map((siret) => `opened        ${formatSiret(siret)}${until}`),
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
  const { alreadyInvited, isMailed } = outcome.value;
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
      invited.length === 0
        ? "Nothing changed."
        : isMailed
          ? `${email} is invited by mail.`
          : `${email} got enough mails of this kind for now: this one is not sent.`,
    ].join("\n"),
  );
}

/** A refusal of the room, said of the option it comes from. */
export function optionProblem(
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
