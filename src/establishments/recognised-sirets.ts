import { type Outcome, accepted, refused } from "../foundation/index.ts";
import { type DigitGroup, dividedText } from "./digit-groups.ts";
import { type SpoiltNumber, roundedNumber, shortNumber } from "./lost-digits.ts";
import { type OtherText, hasNumber, othersOf, restOf } from "./other-text.ts";
import { type Siret, parseSiret } from "./siret.ts";

/** A SIRET found in a text, and how it stood there. */
export interface RecognisedSiret {
  readonly siret: Siret;
  readonly typed: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** A number that was probably meant as a SIRET and is none. */
export interface RefusedPiece {
  readonly typed: string;
  readonly line: number;
  readonly reason: "siret-format" | "siret-checksum" | SpoiltNumber["reason"];
  /** The one number that has a right key and may have been meant; taken only when somebody says so. */
  readonly proposed?: Siret;
}

/** What a text holds, in its order, each number once. Whatever has a letter or a digit is in one of the three. */
export interface RecognisedSirets {
  readonly recognised: readonly RecognisedSiret[];
  readonly refused: readonly RefusedPiece[];
  /**
   * Every line that says more than these numbers, whole. What says nothing but that a number follows (« N° SIRET : »,
   * « et », up to three digits at the beginning as its place in a list) is no more.
   */
  readonly others: readonly OtherText[];
}

const withinLine = ["spaces", "signs"];
const siretDigits = 14;
/** Fewer digits are a postcode, a telephone's half, a date: nobody meant a SIRET by them. */
const leastDigits = 9;
/** From here on digits without anything between them are one number, whatever stands beside it. */
const leastUnbroken = 11;

/**
 * The one reader of lists: finds the SIRETs of any text that people paste, a mail, a list, a column of a
 * spreadsheet. Digits may be grouped by anything but letters, and numbers be parted by the same: groups that
 * follow one another are read as a SIRET wherever fourteen digits of them pass its check, first within a line, then
 * over its end. Invisible characters count for nothing, digits of every script as digits.
 */
export function recogniseSirets(text: string): RecognisedSirets {
  const { lines, groups, read, ...said } = readNumbers(text);
  return { ...said, others: othersOf(lines, groups, read) };
}

function readNumbers(text: string) {
  const { lines, groups } = dividedText(text);
  const left = new Set(groups);
  const found: Piece[] = [];
  const take = (piece: Piece) => {
    found.push(piece);
    for (const group of piece.groups) left.delete(group);
  };
  groups.filter(({ isScientific }) => isScientific).forEach((group) => take(roundedPiece(group)));
  for (const bounds of [withinLine, [...withinLine, "line-end"]]) {
    for (const run of runsOf(groups, left, bounds)) siretsOf(run).forEach(take);
  }
  for (const run of runsOf(groups, left, ["spaces"])) refusedOf(run).forEach(take);
  found.sort((one, other) => one.groups[0].place - other.groups[0].place);
  const read: ReadonlySet<DigitGroup> = new Set(groups.filter((group) => !left.has(group)));
  const said = found.map((piece) => piece.said);
  return {
    ...{ lines, groups, read },
    recognised: eachOnce(said.filter(isRecognised), ({ siret }) => siret),
    refused: eachOnce(
      said.filter((piece): piece is RefusedPiece => !isRecognised(piece)),
      ({ typed }) => typed.replace(/ /g, ""),
    ),
  };
}

/**
 * Reads the one SIRET of a cell or an argument, as {@link recogniseSirets} does. Words may stand beside it, digits may
 * not: of two numbers none is meant more than the other.
 * @returns why there is none, or not one
 */
export function readSiret(text: string): Outcome<Siret, RefusedPiece["reason"]> {
  const { lines, groups, read, recognised, refused: pieces } = readNumbers(text);
  const isMore = restOf(lines, groups, read).some(hasNumber);
  const [only, ...more] = [...recognised, ...pieces];
  if (!only || more.length > 0 || isMore) return refused({ reason: "siret-format" });
  if (isRecognised(only)) return accepted(only.siret);
  const { reason, proposed } = only;
  return refused({ reason, ...(proposed && { details: { proposed } }) });
}

type Groups = readonly [DigitGroup, ...DigitGroup[]];

/** What some groups were read as. */
interface Piece<Said = RecognisedSiret | RefusedPiece> {
  readonly groups: Groups;
  readonly said: Said;
}

/** The groups that were not read yet, parted where one was, and where anything but `bounds` stands between two. */
function runsOf(
  groups: readonly DigitGroup[],
  left: ReadonlySet<DigitGroup>,
  bounds: readonly string[],
): Groups[] {
  const runs: [DigitGroup, ...DigitGroup[]][] = [];
  for (const group of groups) {
    if (!left.has(group)) continue;
    const run = runs.at(-1);
    const follows = run?.at(-1)?.place === group.place - 1 && bounds.includes(group.after);
    if (run && follows) run.push(group);
    else runs.push([group]);
  }
  return runs;
}

/** The SIRETs that groups side by side make. */
function siretsOf(run: Groups): Piece<RecognisedSiret>[] {
  const pieces: Piece<RecognisedSiret>[] = [];
  for (let place = 0; place < run.length;) {
    const window = windowAt(run, place);
    const siret = window && parseSiret(window.map(({ text }) => text).join(""));
    if (window && siret?.accepted) {
      pieces.push({ groups: window, said: { siret: siret.value, ...shownOf(window) } });
    }
    place += window && siret?.accepted ? window.length : 1;
  }
  return pieces;
}

/** What is left between the SIRETs: fourteen digits are a mistyped one, and so, probably, are nine or more. */
function refusedOf(run: Groups): Piece<RefusedPiece>[] {
  const pieces: Piece<RefusedPiece>[] = [];
  let others: DigitGroup[] = [];
  const endOthers = () => {
    const [first, ...rest] = others;
    if (first && lengthOf(others) >= leastDigits) pieces.push(incompletePiece([first, ...rest]));
    others = [];
  };
  for (let place = 0; place < run.length;) {
    const group = run[place];
    const isAlone = (group?.text.length ?? 0) >= leastUnbroken;
    const window = group && isAlone ? ([group] as const) : windowAt(run, place);
    if (window) {
      endOthers();
      pieces.push(
        lengthOf(window) === siretDigits
          ? { groups: window, said: { ...shownOf(window), reason: "siret-checksum" } }
          : incompletePiece(window),
      );
    } else if (group) others.push(group);
    place += window?.length ?? 1;
  }
  endOthers();
  return pieces;
}

function incompletePiece(groups: Groups): Piece<RefusedPiece> {
  const spoilt = shortNumber(groups.map(({ text }) => text).join(""));
  return { groups, said: { ...shownOf(groups), ...(spoilt ?? { reason: "siret-format" }) } };
}

function roundedPiece(group: DigitGroup): Piece<RefusedPiece> {
  return { groups: [group], said: { ...shownOf([group]), ...roundedNumber(group.text) } };
}

/** The groups from a place on that have fourteen digits together. */
function windowAt(groups: Groups, place: number): Groups | undefined {
  const window: DigitGroup[] = [];
  for (let end = place, digits = 0; end < groups.length && digits < siretDigits; end++) {
    const group = groups[end];
    if (!group) return undefined;
    window.push(group);
    digits += group.text.length;
    if (digits === siretDigits) return window as [DigitGroup, ...DigitGroup[]];
  }
  return undefined;
}

function shownOf(groups: Groups): { typed: string; line: number } {
  const typed = groups.map(({ text }) => text).join(" ");
  return { typed, line: groups[0].line };
}

function lengthOf(groups: readonly DigitGroup[]): number {
  return groups.reduce((sum, { text }) => sum + text.length, 0);
}

function isRecognised(said: RecognisedSiret | RefusedPiece): said is RecognisedSiret {
  return "siret" in said;
}

function eachOnce<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = keyOf(item);
    return !seen.has(key) && seen.add(key);
  });
}
