import { type Siret, parseSiret } from "./siret.ts";

/** The SIRETs found in a text, and what looks like one and is none. */
export interface RecognisedSirets {
  /** Each once, in the order of the text. */
  readonly recognised: readonly { readonly siret: Siret; readonly typed: string }[];
  readonly refused: readonly {
    readonly typed: string;
    readonly reason: "siret-format" | "siret-checksum";
  }[];
}

/** Digits in groups, however they are grouped: spaces of every kind, dots, hyphens. Anything else ends a number. */
const groupedDigits = /[0-9]+(?:[ \u2009\u00a0\u202f.\u2011-]+[0-9]+)*/g;
const siretLength = 14;
/** Fewer digits are a house number, a post code, the rank in a list. */
const fewestDigitsOfAnAttempt = 9;

/**
 * Finds the SIRETs in any text: a list with commas or lines, a column of a spreadsheet, a sentence of a
 * mail. Groups of digits are joined as far as they make a valid number, so `130 025 265 00013` and two
 * numbers on one line are read alike. What is left over and is long enough to be meant as one is refused.
 */
export function recogniseSirets(text: string): RecognisedSirets {
  const found = [...text.matchAll(groupedDigits)].flatMap(([run]) => read(groupsOf(run)));
  const seen = new Set<string>();
  return {
    recognised: found.filter(
      (each): each is Recognised =>
        "siret" in each && !seen.has(each.siret) && !!seen.add(each.siret),
    ),
    refused: found.filter((each): each is Refused => "reason" in each),
  };
}

type Recognised = RecognisedSirets["recognised"][number];
type Refused = RecognisedSirets["refused"][number];

/** A group of digits and where it stands in its run. */
interface Group {
  readonly digits: string;
  readonly from: number;
  readonly to: number;
  readonly run: string;
}

function groupsOf(run: string): Group[] {
  return [...run.matchAll(/[0-9]+/g)].map((match) => ({
    digits: match[0],
    from: match.index,
    to: match.index + match[0].length,
    run,
  }));
}

function read(groups: readonly Group[]): (Recognised | Refused)[] {
  const found: (Recognised | Refused)[] = [];
  let leftOver: Group[] = [];
  for (let index = 0; index < groups.length;) {
    const joined = joinedFrom(groups, index);
    const siret = joined && parseSiret(digitsOf(joined));
    if (joined && siret?.accepted) {
      found.push(...refusals(leftOver), { siret: siret.value, typed: typedOf(joined) });
      leftOver = [];
      index += joined.length;
    } else {
      leftOver.push(...groups.slice(index, index + 1));
      index += 1;
    }
  }
  return [...found, ...refusals(leftOver)];
}

/** The groups from `index` on that together have fourteen digits, if some do. */
function joinedFrom(groups: readonly Group[], index: number): readonly Group[] | undefined {
  let length = 0;
  for (let end = index; end < groups.length && length < siretLength; end += 1) {
    length += groups[end]?.digits.length ?? 0;
    if (length === siretLength) return groups.slice(index, end + 1);
  }
  return undefined;
}

function refusals(groups: readonly Group[]): Refused[] {
  if (groups.length === 0) return [];
  const joined = joinedFrom(groups, 0);
  if (joined) {
    const rest = groups.slice(joined.length);
    return [{ typed: typedOf(joined), reason: "siret-checksum" }, ...refusals(rest)];
  }
  return digitsOf(groups).length < fewestDigitsOfAnAttempt
    ? []
    : [{ typed: typedOf(groups), reason: "siret-format" }];
}

function digitsOf(groups: readonly Group[]): string {
  return groups.map(({ digits }) => digits).join("");
}

function typedOf(groups: readonly Group[]): string {
  const [first] = groups;
  return first ? first.run.slice(first.from, groups.at(-1)?.to) : "";
}
