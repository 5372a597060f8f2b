const longestStem = 32;

/** One way to read a stem, how many digits and signs are read as letters in it, and what is left on either side. */
export interface Reading {
  readonly text: string;
  readonly replaced: number;
  readonly around: readonly [string, string];
}

/** How many signs of either side a stem may take along: `w1r3l` and `3$$`. */
const takenAlong = { before: [1, 2, 4], after: [1, 2, 3, 4] } as const;

/** The stem as it is typed, with digits and signs read as letters, and backwards. */
export function readingsOf(before: string, stem: string, after: string): Reading[] {
  const alone = { text: stem, replaced: 0, around: [before, after] as const };
  // Nobody reads digits as letters in so long a text, and each reading costs time.
  if (stem.length > longestStem) return [alone];
  const earlier = takenAlong.before
    .filter((taken) => taken <= before.length)
    .map((taken) => [before.slice(-taken) + stem, [before.slice(0, -taken), after]] as const);
  const later = takenAlong.after
    .filter((taken) => taken <= after.length)
    .map((taken) => [stem + after.slice(0, taken), [before, after.slice(taken)]] as const);
  const read = [[stem, [before, after]] as const, ...earlier, ...later].flatMap(
    ([text, around]) => [
      { text, replaced: 0, around },
      ...[digitsAsLetters, { ...asLetters, "1": "l", "!": "l" }]
        .map((letters) => ({ ...unleeted(text, letters), around }))
        .filter(({ replaced }) => replaced > 0),
    ],
  );
  return [...read, { ...alone, text: Array.from(stem).reverse().join("") }];
}

const asLetters: Readonly<Record<string, string>> = {
  ...{ "0": "o", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g" },
  ...{ "@": "a", $: "s", "€": "e", "|": "l", "+": "t", "(": "c", "£": "l" },
};

/** How digits and signs are read as letters. */
export const digitsAsLetters = { ...asLetters, "1": "i", "!": "i" };

function unleeted(
  text: string,
  letters: Readonly<Record<string, string>>,
): Pick<Reading, "text" | "replaced"> {
  const read = unleet(text, letters);
  const replaced = Array.from(read).filter((unit, at) => unit !== Array.from(text)[at]).length;
  return { text: read, replaced };
}

/** The text with its digits and signs read as letters. */
export function unleet(text: string, letters: Readonly<Record<string, string>>): string {
  return Array.from(text, (unit) => letters[unit] ?? unit).join("");
}
