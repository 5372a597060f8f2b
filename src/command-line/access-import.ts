import type { Application } from "../application.ts";
import { type OpenRefusal, type Opening, formatSiret } from "../establishments/index.ts";
import { type Problem, isoInstant, parisUntil } from "../foundation/index.ts";
import { type AccessLine, readAccessFile } from "./access-file.ts";
import { type Answer, type CommandProblem, failed, quoted, shown } from "./answer.ts";
import { argumentProblem, argumentRules } from "./arguments.ts";
import { columns } from "./columns.ts";

/** A line whose account is known. */
type LineOpening = AccessLine & Opening;

/** What an import would do, or did. */
interface Difference {
  readonly opened: readonly LineOpening[];
  readonly alreadyOpen: readonly LineOpening[];
}

/**
 * `lopauth access import`: opens the accesses of a file, all or none. The dry run shows what the right
 * lines would open, and every problem of the others.
 */
export async function importAccesses(
  application: Application,
  file: string,
  dryRun: boolean,
): Promise<Answer> {
  const { lines, problems: found } = await readAccessFile(file, application.clock.epochSeconds());
  const problems = [...found];
  const openings = await withAccounts(application, lines, problems);
  const preview = await previewOf(application.accesses, openings, problems);
  problems.sort((left, right) => (left.line ?? 0) - (right.line ?? 0));
  if (dryRun) {
    const answer = differenceShown(preview, true);
    return problems.length > 0
      ? { ...answer, ...failed("nothing would be opened", problems) }
      : answer;
  }
  if (problems.length > 0) return failed("nothing was opened", problems);
  const outcome = await application.accesses.openAll({ openings, by: "operator" });
  if (outcome.accepted) return differenceShown(outcome.value, false);
  return failed("nothing was opened", openingProblems(outcome.problems, openings));
}

async function withAccounts(
  { accounts }: Application,
  lines: readonly AccessLine[],
  problems: CommandProblem[],
): Promise<LineOpening[]> {
  const emails = [...new Set(lines.map(({ email }) => email))];
  const found = await accounts.findAllByEmail(emails);
  const known = new Map(found.map((account) => [account.email, account]));
  return lines.flatMap((line) => {
    const account = known.get(line.email);
    if (account) return [{ ...line, account }];
    const place = { line: line.line, argument: "email" };
    problems.push(argumentProblem(place, line.email, "account-unknown"));
    return [];
  });
}

/** What the right lines would open; the others are added to `problems`. */
async function previewOf(
  accesses: Application["accesses"],
  openings: readonly LineOpening[],
  problems: CommandProblem[],
): Promise<Difference> {
  const outcome = await accesses.preview({ openings, by: "operator" });
  if (outcome.accepted) return outcome.value;
  problems.push(...openingProblems(outcome.problems, openings));
  const wrong = new Set(outcome.problems.map(({ details }) => details?.["opening"]));
  const right = openings.filter((_, place) => !wrong.has(place));
  return previewOf(accesses, right, problems);
}

function openingProblems(
  problems: readonly Problem<OpenRefusal>[],
  openings: readonly LineOpening[],
): CommandProblem[] {
  return problems.map(({ field, reason, details }) => {
    const opening = openings[Number(details?.["opening"])];
    const values: Record<string, string | undefined> = {
      name: opening?.name,
      reason: opening?.reason,
      untilAt: opening?.untilAt === undefined ? undefined : isoInstant(opening.untilAt),
    };
    return {
      ...(opening && { line: opening.line }),
      argument: field === "untilAt" ? "until" : (field ?? "email"),
      found: quoted(values[field ?? ""] ?? opening?.email ?? ""),
      rule: argumentRules[reason],
    };
  });
}

function differenceShown({ opened, alreadyOpen }: Difference, dryRun: boolean): Answer {
  const people = new Set(opened.map(({ email }) => email)).size;
  const verb = dryRun ? "to open" : "opened";
  // Of what is open already only that is said: its name and its end stay those of the register.
  const known = alreadyOpen.map(({ line, email, siret }) => ({ line, email, siret }));
  const rows = [
    ...opened.map((opening) => lineCells(verb, opening)),
    ...known.map((opening) => lineCells("already open", opening)),
  ];
  const told = `${counted(people, "person", "people")} ${dryRun ? "would be " : ""}told by mail`;
  const summary = `${opened.length} ${verb}, ${alreadyOpen.length} already open; ${told}.`;
  return shown(
    {
      dry_run: dryRun,
      [dryRun ? "to_open" : "opened"]: opened.map(lineView),
      already_open: known,
      people,
    },
    `${columns()(rows)}${summary}`,
  );
}

function lineCells(
  state: string,
  {
    line,
    email,
    siret,
    name,
    untilAt,
  }: Pick<AccessLine, "line" | "email" | "siret"> & Partial<AccessLine>,
): string[] {
  const until = untilAt === undefined ? "" : `until ${parisUntil(untilAt)}`;
  return [state, `line ${line}`, email, formatSiret(siret), name ?? "", until];
}

function lineView({ line, email, siret, name, untilAt, reason }: LineOpening): object {
  return {
    line,
    email,
    siret,
    name: name ?? null,
    until: untilAt === undefined ? null : isoInstant(untilAt),
    reason: reason ?? null,
  };
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
