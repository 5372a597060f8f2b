import { writeFile } from "node:fs/promises";
import type { Application } from "../application.ts";
import {
  type AccessLine,
  type ImportDifference,
  type ImportPreview,
  createAccessImport,
  formatSiret,
  rejectedRows,
} from "../establishments/index.ts";
import { isoInstant } from "../foundation/index.ts";
import { makeWholeFile } from "../storage/index.ts";
import { lineProblem, readAccessFile } from "./access-file.ts";
import { type Answer, type CommandProblem, counted, failed, shown } from "./answer.ts";
import { columns } from "./columns.ts";
import { unreadParts } from "./unread-parts.ts";
import { untilText } from "./instants.ts";

/** The options of `lopauth access import`. */
export interface ImportOptions {
  readonly dryRun?: boolean;
  readonly invite?: boolean;
  readonly onlyRight?: boolean;
  readonly skipUnknownColumns?: boolean;
  /** Where the rows that are not carried out are written. */
  readonly rejected?: string;
}

/**
 * `lopauth access import`: opens the accesses of a file, all or none unless told. The dry run shows what the right
 * lines would do, and every problem of the others.
 */
export async function importAccesses(
  application: Application,
  file: string,
  options: ImportOptions,
): Promise<Answer> {
  const read = await readAccessFile(file);
  const { dryRun = false, invite, onlyRight, skipUnknownColumns: skipUnknown } = options;
  const nothing = dryRun ? "nothing would be opened" : "nothing was opened";
  if ("problem" in read) return failed(nothing, [read.problem]);
  const accessImport = createAccessImport(application);
  const choices = { invite, onlyRight, skipUnknown };
  const { preview, done } = dryRun
    ? { preview: await accessImport.preview(read.bytes, "operator", choices), done: undefined }
    : await accessImport.run(read.bytes, "operator", choices);
  const problems = preview.problems.map(lineProblem);
  const unwritten = await writeRejected(options.rejected, preview);
  const failure = failed(problemTitle(preview, done, nothing), [...problems, ...unwritten]);
  if (!done && !dryRun) return failure;
  const answer = differenceShown(done ?? preview, preview, dryRun);
  return problems.length + unwritten.length === 0 ? answer : { ...answer, ...failure };
}

function problemTitle(
  { problems }: ImportPreview,
  done: ImportDifference | undefined,
  nothing: string,
): string {
  const lines = new Set(problems.map(({ line }) => line)).size;
  return done ? `${counted(lines, "line was", "lines were")} left out` : nothing;
}

async function writeRejected(
  file: string | undefined,
  preview: ImportPreview,
): Promise<CommandProblem[]> {
  if (file === undefined || preview.problems.length === 0) return [];
  const sentence = (problem: ImportPreview["problems"][number]) => {
    const { argument, rule } = lineProblem(problem);
    return `${argument} ${rule}.`;
  };
  const rows = rejectedRows(preview, "Problem", sentence);
  const rule = "must be a new file that can be written";
  try {
    const made = await makeWholeFile(file, (unfinished) => writeFile(unfinished, rows));
    return made.accepted ? [] : [{ argument: "--rejected", found: made.problems[0].reason, rule }];
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    return [{ argument: "--rejected", found: code, rule }];
  }
}

function differenceShown(
  { opened, alreadyOpen, invited, alreadyInvited }: ImportDifference,
  { repeated, ended, ...preview }: ImportPreview,
  dryRun: boolean,
): Answer {
  const people = new Set([...opened, ...invited].map(({ email }) => email)).size;
  const [opening, inviting] = dryRun ? ["to open", "to invite"] : ["opened", "invited"];
  const rows = [
    ...opened.map((line) => lineCells(opening, line)),
    ...invited.map((line) => lineCells(inviting, line)),
    // Of what is open or waits already only that is said: its name and its end stay those of the register.
    ...alreadyOpen.map((line) => lineCells("already open", bare(line))),
    ...alreadyInvited.map((line) => lineCells("already invited", bare(line))),
    ...repeated.map((line) => lineCells("repeated", bare(line))),
    ...ended.map((line) => lineCells("ended", bare(line))),
  ];
  const told = `${counted(people, "person", "people")} ${dryRun ? "would be " : ""}told by mail`;
  const invites = invited.length > 0 ? `, ${invited.length} ${inviting}` : "";
  const summary = `${opened.length} ${opening}${invites}, ${alreadyOpen.length} already open; ${told}.`;
  const unread = unreadParts(preview);
  return shown(
    {
      dry_run: dryRun,
      [dryRun ? "to_open" : "opened"]: opened.map(lineView),
      already_open: alreadyOpen.map(bare),
      [dryRun ? "to_invite" : "invited"]: invited.map(lineView),
      already_invited: alreadyInvited.map(bare),
      repeated: repeated.map(bare),
      ended: ended.map(bare),
      ...unread.document,
      people,
    },
    `${columns()(rows)}${unread.notes}${summary}`,
  );
}

function bare({ line, email, siret }: AccessLine) {
  return { line, email, siret };
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
  const until = untilAt === undefined ? "" : `until ${untilText(untilAt)}`;
  return [state, `line ${line}`, email, formatSiret(siret), name ?? "", until];
}

function lineView({ line, email, siret, name, untilAt, reason }: AccessLine): object {
  return {
    line,
    email,
    siret,
    name: name ?? null,
    until: untilAt === undefined ? null : isoInstant(untilAt),
    reason: reason ?? null,
  };
}
