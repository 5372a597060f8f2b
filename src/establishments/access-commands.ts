import { type Outcome, type Problem, accepted, refused } from "../foundation/index.ts";
import { longestName, oneLine } from "./establishment.ts";
import type { Siret } from "./siret.ts";

/** The longest reason kept, in characters. */
const longestReason = 500;

/** What to open. Nothing is opened when anything of it is refused. */
export interface OpenCommand {
  readonly account: { readonly id: number };
  readonly sirets: readonly Siret[];
  /** What the establishments are called, as far as it is known. */
  readonly names?: ReadonlyMap<Siret, string> | undefined;
  /** Epoch seconds: the accesses end at that second. */
  readonly untilAt?: number | undefined;
  /** Kept, and never shown to the person. */
  readonly reason?: string | undefined;
  /** Who does it: `operator` (the command line) or the `sub` of a member of staff. */
  readonly by: string;
}

/** What to close. */
export interface CloseCommand {
  readonly account: { readonly id: number };
  readonly sirets: readonly Siret[];
  /** Kept, and told to the person in the mail. */
  readonly reason?: string | undefined;
  /** Who does it: `operator` (the command line) or the `sub` of a member of staff. */
  readonly by: string;
}

/** Why nothing was opened. `until-passed`: the end date is not in the future. */
export type OpenRefusal = OpeningTextRefusal | "account-not-active" | "until-passed";

/** Why nothing was closed. */
export type CloseRefusal = "siret-missing" | "reason-too-long";

type OpeningTextRefusal = CloseRefusal | "name-too-long";

/** What a command says once its texts are clean and its SIRETs are in order, each once. */
interface Checked {
  readonly sirets: readonly Siret[];
  readonly reason: string | undefined;
}

/** Checks what can be known of an opening before the register is asked. */
export function checkOpening(
  command: OpenCommand,
): Outcome<Checked & { readonly names: ReadonlyMap<Siret, string> }, OpeningTextRefusal> {
  const reason = oneLine(command.reason);
  const names = cleanNames(command.names);
  const [first, ...others] = [...problems(command.sirets, reason), ...nameProblems(names)];
  if (first) return refused(first, ...others);
  return accepted({ sirets: ordered(command.sirets), names, reason });
}

/** Checks what can be known of a closing before the register is asked. */
export function checkClosing(command: CloseCommand): Outcome<Checked, CloseRefusal> {
  const reason = oneLine(command.reason);
  const [first, ...others] = problems(command.sirets, reason);
  if (first) return refused(first, ...others);
  return accepted({ sirets: ordered(command.sirets), reason });
}

function problems(sirets: readonly Siret[], reason: string | undefined): Problem<CloseRefusal>[] {
  const found: Problem<CloseRefusal>[] = [];
  if (sirets.length === 0) found.push({ field: "siret", reason: "siret-missing" });
  if (reason !== undefined && reason.length > longestReason) {
    found.push({ field: "reason", reason: "reason-too-long", details: { maximum: longestReason } });
  }
  return found;
}

function nameProblems(names: ReadonlyMap<Siret, string>): Problem<"name-too-long">[] {
  return [...names.values()].some((name) => name.length > longestName)
    ? [{ field: "name", reason: "name-too-long", details: { maximum: longestName } }]
    : [];
}

function cleanNames(names: ReadonlyMap<Siret, string> = new Map()): Map<Siret, string> {
  const cleaned = new Map<Siret, string>();
  for (const [siret, typed] of names) {
    const name = oneLine(typed);
    if (name !== undefined) cleaned.set(siret, name);
  }
  return cleaned;
}

// In one order everywhere: two commands that share establishments never wait for each other in a ring.
function ordered(sirets: readonly Siret[]): Siret[] {
  return [...new Set(sirets)].sort();
}
