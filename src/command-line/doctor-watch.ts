import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { type Clock, isoInstant } from "../foundation/index.ts";
import { makePrivateFile } from "../storage/index.ts";
import { type Answer, failed, quoted, shown } from "./answer.ts";
import { plain } from "./columns.ts";
import type { Finding } from "./doctor-finding.ts";
import { instantText } from "./instants.ts";

/** What is amiss, as it is kept from one run to the next. */
const keptFindings = z.array(
  z.object({ check: z.string(), state: z.enum(["warning", "problem"]), found: z.string() }),
);

type Kept = z.infer<typeof keptFindings>[number];

/** One thing that is amiss since the last run, or no longer. */
interface Change {
  readonly at: string;
  readonly check: string;
  readonly state: "problem" | "warning" | "mended";
  readonly found: string;
  readonly advice: string;
}

/**
 * What changed since the last run: what is amiss now and was not, and what was and is no longer. A number that grows
 * (an age, a size) is no change. Nothing is said when nothing changed, so that cron writes no mail.
 * @returns exit code 1 as long as there is a problem, changed or not
 */
export function changesSince(file: string, findings: readonly Finding[], clock: Clock): Answer {
  const before = readKept(file);
  if (typeof before === "string") return watchFailed(file, before);
  const now = findings.filter(isAmiss);
  const changes = compared(before, now, isoInstant(clock.epochSeconds()));
  const fault = keep(
    file,
    now.map(({ check, state, found }) => ({ check, state, found })),
  );
  if (fault !== undefined) return watchFailed(file, fault);
  const answer = shown(changes, changes.map(changeLine).join(""));
  return { ...answer, failing: now.some(({ state }) => state === "problem") };
}

type Amiss = Finding & { readonly state: "problem" | "warning" };

function isAmiss(finding: Finding): finding is Amiss {
  return finding.state === "problem" || finding.state === "warning";
}

function compared(before: readonly Kept[], now: readonly Amiss[], at: string): Change[] {
  const known = new Set(before.map(identity));
  const still = new Set(now.map(identity));
  return [
    ...now
      .filter((finding) => !known.has(identity(finding)))
      .map((finding) => ({ at, ...finding })),
    ...before
      .filter((kept) => !still.has(identity(kept)))
      .map(({ check, found }) => ({
        ...{ at, check, state: "mended" as const },
        ...{ found: `no longer: ${found}`, advice: "nothing to do" },
      })),
  ];
}

function identity({ check, state, found }: Kept): string {
  return `${check} ${state} ${found.replaceAll(/\d+/g, "#")}`;
}

function changeLine({ at, check, state, found, advice }: Change): string {
  const words = state === "mended" ? found : `${found} → ${advice}`;
  const when = instantText(Date.parse(at) / 1000);
  return `${when} ${state} ${check}: ${plain(words)}\n`;
}

function readKept(file: string): readonly Kept[] | string {
  try {
    const kept = keptFindings.safeParse(JSON.parse(readFileSync(file, "utf8")));
    return kept.success ? kept.data : "it holds something else";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    return error instanceof SyntaxError ? "it holds something else" : (error as Error).message;
  }
}

/** Whole or not at all: a run that is killed leaves the file of the run before. */
function keep(file: string, kept: readonly Kept[]): string | undefined {
  try {
    makePrivateFile(`${file}.new`);
    writeFileSync(`${file}.new`, `${JSON.stringify(kept)}\n`);
    renameSync(`${file}.new`, file);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function watchFailed(file: string, fault: string): Answer {
  const rule = `must be a file that "doctor --watch" wrote, or none yet, in a folder to write in: ${fault}`;
  return failed("what changed is not known", [{ argument: "--watch", found: quoted(file), rule }]);
}
