import type { Application } from "../application.ts";
import {
  type AccessLine,
  type ImportDifference,
  type LineOpening,
  createAccessImport,
  formatSiret,
} from "../establishments/index.ts";
import { isoInstant, parisUntil } from "../foundation/index.ts";
import { lineProblem, readAccessFile } from "./access-file.ts";
import { type Answer, failed, shown } from "./answer.ts";
import { columns } from "./columns.ts";

/**
 * `lopauth access import`: opens the accesses of a file, all or none. The dry run shows what the right
 * lines would open, and every problem of the others.
 */
export async function importAccesses(
  application: Application,
  file: string,
  dryRun: boolean,
): Promise<Answer> {
  const read = await readAccessFile(file);
  const nothing = dryRun ? "nothing would be opened" : "nothing was opened";
  if ("problem" in read) return failed(nothing, [read.problem]);
  const accessImport = createAccessImport(application);
  if (!dryRun) {
    const { done, problems } = await accessImport.run(read.text, "operator");
    return done ? differenceShown(done, false) : failed(nothing, problems.map(lineProblem));
  }
  const { problems, ...difference } = await accessImport.preview(read.text);
  const answer = differenceShown(difference, true);
  if (problems.length === 0) return answer;
  return { ...answer, ...failed(nothing, problems.map(lineProblem)) };
}

function differenceShown({ opened, alreadyOpen }: ImportDifference, dryRun: boolean): Answer {
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
