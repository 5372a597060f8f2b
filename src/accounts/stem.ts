import { expectedWords } from "./expected-words.ts";
import { foldWord } from "./fold-word.ts";
import { digitsAsLetters, readingsOf, unleet } from "./stem-readings.ts";

/** What kind of thing a password leans on, as a refusal says it. */
export type GuessableKind =
  "common" | "club" | "place" | "date" | "trade" | "name" | "word" | "keyboard" | "repeated";

/** A list of words as zxcvbn has them, the commonest first, or in no order that says anything. */
export interface WordList {
  readonly words: readonly string[];
  readonly kind: GuessableKind;
  readonly isRanked: boolean;
}

/** Guesses are powers of ten: so many at least find no password. */
const leastGuesses = 8;
/** Without a letter it is a date or a number that somebody knows: more of it is asked. */
const leastGuessesOfDigits = 12;

/** So many with what stands around a stem: its letters happen to be words, in what a password manager makes. */
const leastGuessesInAll = 10.5;

interface Known {
  readonly cost: number;
  readonly kind: GuessableKind;
}

const longestWord = 24;
/** The cost of a word of {@link expectedWords}: one of some hundreds. */
const expectedCost = 2.5;
/** The most a name of a list without order costs: somebody knows whose password it is. */
const nameCost = 3.5;
/** What a letter, a digit or a sign costs where no word is; people take their signs from a few. */
const unknownCost = { letter: 1.4, digit: 1, usualSign: 0.7, sign: 1.4 } as const;
const numberCosts = { year: 1.5, date: 4.3, run: 1.2 } as const;
/** A word again, after it came once. */
const repeatedCost = 0.3;
/** So many different words are a phrase, and judged as one. */
const wordsOfPhrase = 4;
/** So are these, when they are long: `tramway-violet-de-minuit`, and not `iloveyou`. */
const longWordsOfPhrase = { count: 3, letters: 5 } as const;

/**
 * Judges passwords by their stem. zxcvbn adds to the guesses of each piece the ways in which pieces may be put together,
 * so that capitals, a year and a sign make a hundred million guesses of a word that it ranks among the first hundred.
 * People put just these around a word; who guesses does too. So digits and signs around words count nothing, unless they
 * were a password by themselves, as in what a password manager makes.
 * @returns asks of a password in lower case, without accents, what it leans on when it is guessable; undefined when it is not
 */
export function stemJudge(
  lists: readonly WordList[],
): (folded: string) => GuessableKind | undefined {
  const known = knownWords(lists);
  const guessesOf = (text: string) => segmented(text, known).guesses;
  return (folded) => {
    const parts = /^([^\p{L}]*)(.*?)([^\p{L}]*)$/su.exec(folded);
    const [, before = "", stem = "", after = ""] = parts ?? [];
    const whole = segmented(folded, known);
    if (stem === "") return whole.guesses < leastGuessesOfDigits ? whole.kind : undefined;
    if (whole.guesses < leastGuesses && !whole.isPhrase) return whole.kind;
    const read = readingsOf(before, stem, after)
      .map((reading) => ({ ...reading, text: reading.text.replace(separators, "") }))
      .filter(({ text }) => text.length >= shortestStem)
      .map(({ text, replaced, around }) => ({
        ...dearer(segmented(text, known), replaced * replacedCost),
        around: around.reduce((sum, each) => sum + guessesOf(each), 0),
      }))
      .filter(({ hasUnknown }) => !hasUnknown)
      .sort((one, other) => one.guesses - other.guesses);
    if (read[0]?.isPhrase) return undefined;
    const leaning = read.find(
      ({ guesses, around }) =>
        guesses < leastGuesses && around < leastGuesses && around + guesses < leastGuessesInAll,
    );
    return leaning?.kind;
  };
}

/** What stands between words. */
const separators = /[\s\-_.'’]+/gu;

/** A stem as short as that is chance, in what a password manager makes. */
const shortestStem = 4;

/** What each of them costs: a guesser tries more than one way to write a word. */
const replacedCost = 0.4;

function dearer(segmented: Segmented, by: number): Segmented {
  return { ...segmented, guesses: segmented.guesses + by };
}

interface Piece {
  readonly text: string;
  readonly known: Known | undefined;
}

interface Segmented {
  /** Power of ten. */
  readonly guesses: number;
  readonly kind: GuessableKind;
  readonly isPhrase: boolean;
  readonly hasUnknown: boolean;
}

/** The last piece of a beginning of the text, where it begins, and what the cheapest way up to its end costs. */
interface Step {
  readonly cost: number;
  readonly from: number;
  readonly piece: Piece;
}

/** The way to put the text together that the fewest guesses find. */
function segmented(text: string, known: ReadonlyMap<string, Known>): Segmented {
  const best: Step[] = [];
  for (let end = 1; end <= text.length; end += 1) {
    const chosen = cheapestStep(text, end, best, known);
    if (chosen) best.push(chosen);
  }
  return verdictOn(piecesOf(best));
}

function cheapestStep(
  text: string,
  end: number,
  best: readonly Step[],
  known: ReadonlyMap<string, Known>,
): Step | undefined {
  let chosen: Step | undefined;
  for (let from = Math.max(0, end - longestWord); from < end; from += 1) {
    const piece = pieceOf(text.slice(from, end), known);
    if (!piece) continue;
    const cost = (best[from - 1]?.cost ?? 0) + costOf(piece);
    if (!chosen || cost < chosen.cost) chosen = { cost, from, piece };
  }
  return chosen;
}

function piecesOf(best: readonly Step[]): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let at = best.length; at > 0; at = best[at - 1]?.from ?? 0) {
    const step = best[at - 1];
    if (step) pieces.unshift(step.piece);
  }
  return pieces;
}

function pieceOf(text: string, known: ReadonlyMap<string, Known>): Piece | undefined {
  const word = text.length > 1 ? cheaper(numberOf(text), known.get(text)) : undefined;
  return word || text.length === 1 ? { text, known: word } : undefined;
}

/** A year is one of a hundred, though a list of words has it far behind. */
function cheaper(one: Known | undefined, other: Known | undefined): Known | undefined {
  return one && other ? (one.cost < other.cost ? one : other) : (one ?? other);
}

/** A year, a date, or a run as `1234`, `4321` and `!!!!`. */
function numberOf(text: string): Known | undefined {
  if (text.length < 3 || text.length > 10 || !/^[^\p{L}]+$/u.test(text)) return undefined;
  if (/^(19[3-9]|20[0-4])\d$/.test(text)) return { cost: numberCosts.year, kind: "date" };
  return isDate(text) ? { cost: numberCosts.date, kind: "date" } : runOf(text);
}

/** Six digits, or eight with a year in front or behind, whichever of day and month comes first. */
function isDate(text: string): boolean {
  if (!/^(\d\d){3}$|^\d{4}(19|20)\d\d$|^(19|20)\d{6}$/.test(text)) return false;
  const [day = 0, month = 0] = [text.slice(0, 2), text.slice(2, 4)].map(Number);
  const [otherMonth = 0, otherDay = 0] = [text.slice(-4, -2), text.slice(-2)].map(Number);
  return isDay(day, month) || isDay(month, day) || isDay(otherDay, otherMonth);
}

function runOf(text: string): Known | undefined {
  const steps = Array.from(text.slice(1), (unit, at) => unit.charCodeAt(0) - text.charCodeAt(at));
  const [step = 2] = steps;
  const isRun = Math.abs(step) <= 1 && steps.every((each) => each === step);
  return isRun ? { cost: numberCosts.run, kind: step === 0 ? "repeated" : "keyboard" } : undefined;
}

function isDay(day: number, month: number): boolean {
  return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

function costOf({ text, known }: Piece): number {
  if (known) return known.cost;
  if (/\p{L}/u.test(text)) return unknownCost.letter;
  if (/\d/.test(text)) return unknownCost.digit;
  return "!?@#$*.,;:-_+&'/ ".includes(text) ? unknownCost.usualSign : unknownCost.sign;
}

function verdictOn(pieces: readonly Piece[]): Segmented {
  const words = pieces.filter((piece) => piece.known);
  const texts = new Set(words.map(({ text }) => text));
  const first = pieces.filter(
    (piece, at) => !piece.known || pieces.findIndex(({ text }) => text === piece.text) === at,
  );
  const again = repeatedCost * (words.length - texts.size);
  const longest = [...words].sort((one, other) => other.text.length - one.text.length)[0];
  const isOver = texts.size === 1 && words.length > 2;
  return {
    guesses: first.reduce((sum, piece) => sum + costOf(piece), 0) + again,
    kind: isOver ? "repeated" : (longest?.known?.kind ?? "keyboard"),
    isPhrase: isPhrase([...texts]),
    hasUnknown: pieces.filter((piece) => !piece.known).length > Math.min(1, words.length),
  };
}

function isPhrase(words: readonly string[]): boolean {
  const ofLength = (letters: number) => words.filter(({ length }) => length >= letters).length;
  const { count, letters } = longWordsOfPhrase;
  return ofLength(3) >= wordsOfPhrase || ofLength(letters) >= count;
}

function knownWords(lists: readonly WordList[]): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const list of lists) addWords(known, list);
  for (const [word, kind] of expectedWords) {
    known.set(word, { cost: Math.min(expectedCost, known.get(word)?.cost ?? expectedCost), kind });
  }
  return known;
}

/** Of two lists the earlier one says what a word is, the cheaper one what it costs. */
function addWords(known: Map<string, Known>, { words, kind, isRanked }: WordList): void {
  const most = Math.min(nameCost, Math.log10(words.length));
  for (const [rank, word] of words.entries()) {
    const text = foldWord(word);
    const cost = isRanked ? Math.log10(rank + 2) : most;
    const other = known.get(text);
    const isShort = text.length < 3 && rank >= mostShortWords;
    if (isShort || (other && other.cost <= cost)) continue;
    const entry = { cost, kind: other?.kind ?? kind };
    known.set(text, entry);
    // What holds digits itself, as `q1w2e3r4`, is found again where every digit is read as a letter.
    if (/[^a-z]/.test(text)) known.set(unleet(text, digitsAsLetters), entry);
  }
}

/** Of two letters only the commonest are words; with all that lists have, any letters would be. */
const mostShortWords = 60;
