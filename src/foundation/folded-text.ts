/** Letters that are no accented ones to Unicode, and how they are written without. */
const plainLetters: Readonly<Record<string, string>> = {
  ...{ œ: "oe", æ: "ae", ß: "ss", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" },
};
const letters = new RegExp(`[${Object.keys(plainLetters).join("")}]`, "g");
/** Apostrophes, hyphens and spaces of every kind, and what nobody sees. */
const joints = /[\p{Z}\p{Cc}\p{Cf}\p{Pd}\u2212'’‘‛ʼʹʻ′`´＇]+/gu;

/**
 * A text as searches compare it: without case and accents, `œ` as `oe`, apostrophes, hyphens and spaces as one
 * space: « L’Étoile d'Œuvre » is `l etoile d oeuvre`. The register's own index folds alike
 * (`migrations/046-folded-search`).
 */
export function foldedText(text: string): string {
  return text
    .toWellFormed()
    .toLowerCase()
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(letters, (letter) => plainLetters[letter] ?? letter)
    .replace(joints, " ")
    .trim();
}
