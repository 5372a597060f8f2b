import type { Account } from "../accounts/index.ts";
import type { Application } from "../application.ts";
import {
  type InviteRefusal,
  type OpenRefusal,
  type Siret,
  readSiret,
} from "../establishments/index.ts";
import { parseEmailAddress, readUntil, untilRule } from "../foundation/index.ts";
import { type CommandProblem, quoted } from "./answer.ts";

/** Where an argument came from: its name as the command line or the file writes it, and its line there. */
export type ArgumentPlace = Pick<CommandProblem, "argument" | "line">;

/** What an argument must be, by the machine word of its refusal. */
export const argumentRules = {
  "email-malformed": "must be an e-mail address",
  "account-unknown": "must be the address of an account: the person signs up first",
  "account-not-active": "must be the address of an active account: this one is disabled",
  "account-known": "must be an address without account: --invite is not for this one",
  "siret-missing": "must be given",
  "siret-format": "must be a SIRET: 14 digits",
  "siret-checksum": "must be a SIRET without a mistyped digit: its check digits do not fit",
  "siret-rounded": "must be a SIRET, not a number that Excel rounded: its last digits are lost",
  "siret-short": "must be a SIRET: digits are missing, perhaps a leading zero",
  // No operator meets these: they judge people.
  "own-account": "must be somebody else's account",
  "colleague-account": "must not be a colleague's account",
  "role-too-low": "must be done by a member of staff",
  "until-malformed": untilRule,
  "until-passed": "must be in the future",
  "name-too-long": "must have at most 200 characters",
  "reason-too-long": "must have at most 500 characters",
} satisfies Record<OpenRefusal | InviteRefusal, string> & Record<string, string>;

/** One thing wrong with an argument. */
export function argumentProblem(
  place: ArgumentPlace,
  typed: string,
  reason: keyof typeof argumentRules,
): CommandProblem {
  return { ...place, found: quoted(typed), rule: argumentRules[reason] };
}

/** The account of an address. What is wrong is added to `problems`. */
export async function accountArgument(
  application: Application,
  typed: string,
  problems: CommandProblem[],
): Promise<Account | undefined> {
  const found = await application.administration.find(typed);
  if (found.accepted) return found.value;
  const known = parseEmailAddress(typed) !== undefined;
  const reason = known ? "account-unknown" : "email-malformed";
  problems.push(argumentProblem({ argument: "EMAIL" }, typed, reason));
  return undefined;
}

/** One SIRET as typed, with or without separators. What is wrong is added to `problems`. */
export function siretArgument(
  place: ArgumentPlace,
  typed: string,
  problems: CommandProblem[],
): Siret | undefined {
  const siret = readSiret(typed);
  if (siret.accepted) return siret.value;
  const [{ reason, details }] = siret.problems;
  const proposed = details?.["proposed"];
  const problem = argumentProblem(place, typed, reason);
  problems.push({ ...problem, rule: withProposal(problem.rule, proposed) });
  return undefined;
}

/** A rule with the number that may have been meant: whoever types decides. */
export function withProposal(rule: string, proposed: string | number | undefined): string {
  return proposed === undefined ? rule : `${rule}; if you meant ${String(proposed)}, write that`;
}

/** Until when; epoch seconds in the future. What is wrong is added to `problems`. */
export function untilArgument(
  place: ArgumentPlace,
  typed: string | undefined,
  now: number,
  problems: CommandProblem[],
): number | undefined {
  if (typed === undefined) return undefined;
  const untilAt = readUntil(typed);
  if (untilAt !== undefined && untilAt > now) return untilAt;
  const reason = untilAt === undefined ? "until-malformed" : "until-passed";
  problems.push(argumentProblem(place, typed, reason));
  return undefined;
}
