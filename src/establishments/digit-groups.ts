import { scientificNotation } from "./lost-digits.ts";

/** Digits with nothing between them, or a number in scientific notation, as a text holds them. */
export interface DigitGroup {
  /** As it stands there, in ASCII. */
  readonly text: string;
  readonly isScientific: boolean;
  /** How many groups stand before it. */
  readonly place: number;
  /** From 1. */
  readonly line: number;
  /** Where it stands in its line, with a decimal part of nothing: from, and up to. */
  readonly from: number;
  readonly upTo: number;
  /** What stands between it and the group before: `spaces` are also what usually groups the digits of one number. */
  readonly after: "spaces" | "signs" | "line-end" | "words";
}

/** A text taken apart: without what nobody sees, and with the digits of every script in ASCII. */
export interface DividedText {
  readonly lines: readonly string[];
  readonly groups: readonly DigitGroup[];
}

const lineEnd = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/u;
/** What no reader sees: zero-width marks, soft hyphens, directions, the mark of byte order. */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;
const usualGrouping = /^[\p{Z}\p{Pd}\u2212_.]*$/u;
const foreignDigits = /(?![0-9])\p{Nd}/gu;

/** A number as other programs write it: a decimal part of nothing says nothing. */
const parts = new RegExp(
  `(?<rounded>${scientificNotation.source})|(?<whole>\\d{14})[.,]0{1,2}(?!\\d)|(?<digits>\\d+)|(?<word>[\\p{L}\\p{No}\\p{Nl}][\\p{L}\\p{M}]*)`,
  "gu",
);

/** Takes a text apart into its lines and the groups of digits on them. */
export function dividedText(text: string): DividedText {
  const lines = text
    .replace(invisible, "")
    .replace(foreignDigits, (digit) => String(valueOf(digit)))
    .split(lineEnd);
  const groups = lines.flatMap((line, place) => groupsOf(line, place + 1));
  return { lines, groups: groups.map((group, place) => ({ ...group, place })) };
}

/**
 * The digits of a text that holds nothing else but spaces and signs, in ASCII: a number that is looked for, or its
 * beginning, however it is grouped.
 * @returns "" for any other text
 */
export function searchedDigits(text: string): string {
  const plain = dividedText(text).lines.join(" ");
  return /[\p{L}\p{No}\p{Nl}@]/u.test(plain) ? "" : plain.replace(/[^0-9]/g, "");
}

function groupsOf(text: string, line: number): Omit<DigitGroup, "place">[] {
  const groups: Omit<DigitGroup, "place">[] = [];
  let end = 0;
  let after: DigitGroup["after"] | undefined = "line-end";
  for (const { 0: part, index, groups: found = {} } of text.matchAll(parts)) {
    const { rounded, whole, digits = whole } = found;
    const number = rounded ?? digits;
    if (number === undefined) after = "words";
    else {
      after ??= usualGrouping.test(text.slice(end, index)) ? "spaces" : "signs";
      const isScientific = rounded !== undefined;
      groups.push({
        text: number,
        isScientific,
        line,
        after,
        from: index,
        upTo: index + part.length,
      });
      after = undefined;
    }
    end = index + part.length;
  }
  return groups;
}

/** Of a digit of any script: Unicode has them in tens, zero first, and some tens side by side. */
function valueOf(digit: string): number {
  const place = digit.codePointAt(0) ?? 0;
  let first = place;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (place - first) % 10;
}
