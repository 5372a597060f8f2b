import { foldedText } from "../foundation/index.ts";
import type { DigitGroup } from "./digit-groups.ts";

/** A line that says more than the numbers that were read of it. */
export interface OtherText {
  readonly line: number;
  /** The whole of it: what a word is said of stands there too. */
  readonly text: string;
}

const mostPlaceDigits = 3;
/** Words that say nothing, beside a number, but that it follows, or one more. */
const labels: ReadonlySet<string> = new Set([
  ...["siret", "sirets", "siren", "nic", "n", "no", "nos", "num", "numero", "numeros", "code"],
  ...["codes", "number", "numbers", "et", "and", "le", "la", "les", "l", "de", "du", "des", "d"],
]);

/**
 * The lines that say something beside what was read of them.
 * @param read the groups that are in a number
 */
export function othersOf(
  lines: readonly string[],
  groups: readonly DigitGroup[],
  read: ReadonlySet<DigitGroup>,
): OtherText[] {
  const byLine = Map.groupBy(groups, ({ line }) => line);
  return lines.flatMap((text, place) => {
    const line = place + 1;
    const own = byLine.get(line) ?? [];
    const passed = own.filter((group, at) => read.has(group) || isPlace(group, own[at + 1], read));
    const words = wordsOf(without(text, passed));
    const isLabel = passed.length > 0 && words.every((word) => labels.has(word));
    return words.length > 0 && !isLabel ? [{ line, text: text.trim() }] : [];
  });
}

/** What each line holds beside the numbers that were read of it. @param read the groups that are in one */
export function restOf(
  lines: readonly string[],
  groups: readonly DigitGroup[],
  read: ReadonlySet<DigitGroup>,
): string[] {
  const byLine = Map.groupBy(groups, ({ line }) => line);
  return lines.map((text, place) => {
    const own = byLine.get(place + 1) ?? [];
    return without(
      text,
      own.filter((group) => read.has(group)),
    );
  });
}

/** Whether a text holds a digit, or a sign that counts as `²` does. */
export function hasNumber(text: string): boolean {
  return /\p{N}/u.test(text);
}

/** « 1. » at the beginning of a line, before a number that was read. */
function isPlace(
  { after, text }: DigitGroup,
  next: DigitGroup | undefined,
  read: ReadonlySet<DigitGroup>,
): boolean {
  const isFirst = after === "line-end" && text.length <= mostPlaceDigits;
  return isFirst && next !== undefined && read.has(next);
}

function without(text: string, groups: readonly DigitGroup[]): string {
  const ends = [0, ...groups.map(({ upTo }) => upTo)];
  const starts = [...groups.map(({ from }) => from), text.length];
  return ends.map((end, place) => text.slice(end, starts[place])).join(" ");
}

function wordsOf(text: string): string[] {
  const words = foldedText(text.normalize("NFKD")).split(/[^\p{L}\p{N}]+/u);
  return words.filter((word) => word !== "");
}
