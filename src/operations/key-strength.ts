/** The fewest different units that a key by chance has: of 32 bytes (30 is usual), of 32 hexadecimal digits (14). */
const fewestDifferent = { bytes: 20, characters: 8 };
/** What people write in the place of a key; as words are written, for a key by chance holds any six letters in some case. */
const placeholderWords = everyCase(
  "secret passwd password motdepasse changeme changez cookie encrypt lopcommerce example exemple azerty qwerty develop",
);

/**
 * Why a key cannot have been made by chance, in a few words that show nothing of it. What nobody can tell (a phrase that
 * somebody thought of) passes; a key by chance passes always (the rules err less than once in ten million keys).
 * @param key 32 bytes, or a text of 32 characters or more
 */
export function keyWeakness(key: string | Buffer): string | undefined {
  const isText = typeof key === "string";
  const units = isText ? Array.from(key, (unit) => unit.codePointAt(0) ?? 0) : [...key];
  const least = isText ? fewestDifferent.characters : fewestDifferent.bytes;
  if (repeats(units)) return "repeats itself";
  if (!isText && units.every((unit) => unit >= 0x20 && unit < 0x7f)) {
    return "is a text, not random bytes";
  }
  if (new Set(units).size < least) return "is made of too few different characters";
  if (isSequence(units)) return "is a sequence";
  return isText && placeholderWords.test(key) ? "holds a word" : undefined;
}

/** Most of it is what stood some places before, as in `abcabcabc1`. */
function repeats(units: readonly number[]): boolean {
  const half = Math.floor(units.length / 2);
  return Array.from({ length: half }, (_, index) => index + 1).some((period) => {
    const later = units.slice(period);
    const same = later.filter((unit, index) => unit === units[index]).length;
    return same > 0.7 * later.length;
  });
}

/** Most of its steps are one and the same, as in `0123456789`. */
function isSequence(units: readonly number[]): boolean {
  const steps = Map.groupBy(units.slice(1), (unit, index) => unit - (units[index] ?? 0));
  const most = Math.max(...Array.from(steps.values(), (same) => same.length));
  return most > (units.length - 1) / 2;
}

function everyCase(words: string): RegExp {
  const forms = words
    .split(" ")
    .flatMap((word) => [word, word.toUpperCase(), word.replace(/^./, (it) => it.toUpperCase())]);
  return new RegExp(forms.join("|"));
}
