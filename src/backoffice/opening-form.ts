import { requiredActReason } from "../accounts/index.ts";
import {
  type OpenRefusal,
  type RecognisedSirets,
  type Siret,
  formatSiret,
  parseSiret,
  proposalBox,
  recogniseSirets,
  tickedProposals,
} from "../establishments/index.ts";
import {
  type Outcome,
  type Problem,
  accepted,
  readUntil,
  refused,
  readText,
} from "../foundation/index.ts";
import type { UnreadText } from "./request-page-models.ts";

/** The form of an opening, as typed. */
export interface OpeningForm {
  /** Any text that holds SIRETs. */
  readonly siret_list: string;
  /** A day, as a date field sends it; "" for no end. */
  readonly until: string;
  readonly reason: string;
}

/** Why an opening goes no further. */
export type OpeningReason =
  OpenRefusal | "siret-list-missing" | "siret-list-empty" | "reason-missing" | "until-malformed";

/** An opening whose form is right. */
export interface ReadOpening {
  readonly sirets: RecognisedSirets;
  /** Epoch seconds. */
  readonly untilAt: number | undefined;
  readonly reason: string;
}

const longestShown = 200;
/** Each has a row, and perhaps a box to tick: a page of more is none that a browser shows quickly. */
const mostRefusedShown = 2000;

/** The most bytes of a form that carries a list, twice in a preview: ten thousand numbers, each digit grouped. */
export const mostFormBytes = 1_000_000;

/**
 * Reads the form, before anything is looked up.
 * @param now epoch seconds: what the end must be later than
 */
export function readOpening(form: OpeningForm, now: number): Outcome<ReadOpening, OpeningReason> {
  const sirets = recogniseSirets(form.siret_list);
  const untilAt = readEnd(form.until);
  const reason = readText(requiredActReason, form.reason);
  const [first, ...others] = [
    ...listProblems(form.siret_list, sirets),
    ...untilProblems(untilAt, now),
    ...(reason.accepted ? [] : reason.problems),
  ];
  if (first) return refused(first, ...others);
  return accepted({ sirets, untilAt, reason: reason.accepted ? reason.value : "" });
}

/** The end of an access, as a date field sends it. @returns epoch seconds; undefined for no end, NaN for no date */
export function readEnd(typed: string): number | undefined {
  return typed.trim() === "" ? undefined : (readUntil(typed) ?? Number.NaN);
}

/** Why an end is refused. @param now epoch seconds: what it must be later than */
export function untilProblems(
  untilAt: number | undefined,
  now: number,
): Problem<"until-malformed" | "until-passed">[] {
  if (untilAt === undefined || untilAt > now) return [];
  const reason = Number.isNaN(untilAt) ? "until-malformed" : "until-passed";
  return [{ field: "until", reason }];
}

/** What the text holds beside SIRETs, as a preview shows it. */
export function unreadText({ refused: pieces, others }: RecognisedSirets): UnreadText {
  return {
    wrongCount: pieces.length,
    wrong: pieces.slice(0, mostRefusedShown).map(({ line, typed, reason, proposed }) => ({
      ...{ line: String(line), typed: shortened(typed), problem: reason },
      proposed: proposed && { field: proposalBox(proposed), formatted: formatSiret(proposed) },
    })),
    others: others.map(({ line, text }) => ({ line: String(line), text: shortened(text) })),
  };
}

/** The whole of it stands in the form below. */
function shortened(text: string): string {
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

/**
 * The SIRETs that a preview's form means: those it carries, and those proposed to mend a number whose box is ticked.
 * @param carried checked SIRETs parted by spaces. Whatever is none was altered, and is left out.
 */
export function meantSirets(body: unknown, carried: string): Siret[] {
  const shown = carried.split(" ").flatMap((each) => {
    const siret = parseSiret(each);
    return siret.accepted ? [siret.value] : [];
  });
  return [...shown, ...tickedProposals(body)];
}

/** The problems of the room below by the fields of the form. */
export function formProblems<Reason extends string>(
  problems: readonly Problem<Reason>[],
): Problem<Reason>[] {
  const fields: Readonly<Record<string, string>> = { untilAt: "until", siret: "siret_list" };
  return problems.map(({ field, ...problem }) =>
    field === undefined ? problem : { ...problem, field: fields[field] ?? field },
  );
}

function listProblems(text: string, found: RecognisedSirets): Problem<OpeningReason>[] {
  const field = "siret_list";
  if (text.trim() === "") return [{ field, reason: "siret-list-missing" }];
  const count = found.recognised.length + found.refused.length;
  return count === 0 ? [{ field, reason: "siret-list-empty" }] : [];
}
