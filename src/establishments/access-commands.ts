import { type AuthorityReason, actReason } from "../accounts/index.ts";
import {
  type Outcome,
  type Problem,
  accepted,
  oneLine,
  refused,
  textProblems,
} from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Access, Holder } from "./access.ts";
import type { MayAct } from "./act-authority.ts";
import { nameRule } from "./establishment.ts";
import type { Siret } from "./siret.ts";

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
  /** Who does it: `operator` (the command line), the `sub` of a member of staff, or `client:` and a `client_id`. */
  readonly by: string;
  readonly within?: WithinChange | undefined;
}

/** Called last in the transaction, with what changed: what it writes stands or falls with the change. */
export type WithinChange = (transaction: Transaction, changed: readonly Access[]) => Promise<void>;

/** One establishment to open to one account, among others. */
export interface Opening {
  readonly account: { readonly id: number };
  readonly siret: Siret;
  /** What the establishment is called, if that is known. */
  readonly name?: string | undefined;
  /** Epoch seconds: the access ends at that second. */
  readonly untilAt?: number | undefined;
  /** Kept, and never shown to the person. */
  readonly reason?: string | undefined;
  /** Who decided it, when it is not who opens: the one who invited the person. */
  readonly by?: string | undefined;
}

/** What to open to many accounts at once. Nothing is opened when anything of it is refused. */
export interface OpenAllCommand<Each extends Opening = Opening> {
  readonly openings: readonly Each[];
  /** Who does it: `operator` (the command line) or the `sub` of a member of staff. */
  readonly by: string;
  readonly within?: WithinChange | undefined;
}

/** What to close. */
export interface CloseCommand {
  readonly account: { readonly id: number };
  readonly sirets: readonly Siret[];
  /** Only if this very opening is the one that is open: not a later one of the same establishment. */
  readonly accessId?: number | undefined;
  /** Kept, and told to the person in the mail. */
  readonly reason?: string | undefined;
  /** Who does it: `operator` (the command line), the `sub` of a member of staff, or `client:` and a `client_id`. */
  readonly by: string;
  readonly within?: WithinChange | undefined;
}

/** Why nothing was opened. `until-passed`: the end date is not in the future. */
export type OpenRefusal =
  OpeningTextRefusal | "account-not-active" | "until-passed" | AuthorityReason;

/** Why nothing was closed. */
export type CloseRefusal = TextRefusal | AuthorityReason;

type TextRefusal = "siret-missing" | "reason-too-long";

/** What is wrong with the texts of an opening. */
export type OpeningTextRefusal = TextRefusal | "name-too-long";

/** What a command says once its texts are clean and its SIRETs are in order, each once. */
interface Checked {
  readonly sirets: readonly Siret[];
  readonly reason: string | undefined;
}

/** Checks what can be known of an opening before the register is asked. */
export function checkOpening(
  command: Pick<OpenCommand, "sirets" | "names" | "reason">,
): Outcome<Checked & { readonly names: ReadonlyMap<Siret, string> }, OpeningTextRefusal> {
  const reason = oneLine(command.reason);
  const names = cleanNames(command.names);
  const [first, ...others] = [...problems(command.sirets, reason), ...nameProblems(names)];
  if (first) return refused(first, ...others);
  return accepted({ sirets: ordered(command.sirets), names, reason });
}

/** An opening whose texts are clean, and where it stands in its command. */
export interface CheckedOpening extends Opening {
  readonly place: number;
}

/**
 * Checks what can be known of many openings before the register is asked. The `details.opening` of a
 * problem is the place of its opening in the command.
 */
export function checkOpenings({
  openings,
}: Pick<OpenAllCommand, "openings">): Outcome<
  { readonly openings: readonly CheckedOpening[]; readonly names: ReadonlyMap<Siret, string> },
  OpeningTextRefusal
> {
  const clean = openings.map((opening, place) => ({
    ...opening,
    name: oneLine(opening.name),
    reason: oneLine(opening.reason),
    place,
  }));
  const names = new Map(clean.flatMap(({ siret, name }) => (name ? [[siret, name]] : [])));
  const [first, ...others] = clean.flatMap(({ siret, name, reason, place }) =>
    [...problems([siret], reason), ...nameProblems(new Map(name ? [[siret, name]] : []))].map(
      (problem) => ({ ...problem, details: { ...problem.details, opening: place } }),
    ),
  );
  if (first) return refused(first, ...others);
  return accepted({ openings: clean, names });
}

/** Checks what can be known of an opening only while its account is held, as {@link checkOpenings} does. */
export function openingProblems(
  openings: readonly CheckedOpening[],
  holders: readonly Holder[],
  now: number,
  may: MayAct,
): Problem<OpenRefusal>[] {
  const byId = new Map(holders.map((holder) => [holder.id, holder]));
  return openings.flatMap(({ account, untilAt, place }): Problem<OpenRefusal>[] => {
    const details = { opening: place };
    const holder = byId.get(account.id);
    const why = may(holder);
    if (why) return [{ reason: why, details }];
    if (holder?.state !== "active") return [{ reason: "account-not-active", details }];
    const passed = untilAt !== undefined && !(untilAt > now);
    return passed ? [{ field: "untilAt", reason: "until-passed", details }] : [];
  });
}

/** Checks what can be known of a closing before the register is asked. */
export function checkClosing(command: CloseCommand): Outcome<Checked, TextRefusal> {
  const reason = oneLine(command.reason);
  const [first, ...others] = problems(command.sirets, reason);
  if (first) return refused(first, ...others);
  return accepted({ sirets: ordered(command.sirets), reason });
}

function problems(sirets: readonly Siret[], reason: string | undefined): Problem<TextRefusal>[] {
  const none = { field: "siret", reason: "siret-missing" } as const;
  return [...(sirets.length === 0 ? [none] : []), ...textProblems(actReason, reason)];
}

function nameProblems(names: ReadonlyMap<Siret, string>): Problem<"name-too-long">[] {
  return [...names.values()].flatMap((name) => textProblems(nameRule, name)).slice(0, 1);
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
