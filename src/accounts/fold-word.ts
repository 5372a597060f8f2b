/** A word of a list as passwords are compared with it: no accents, no spaces, hyphens or apostrophes, lower case. */
export function foldWord(word: string): string {
  if (/^[a-z0-9]+$/.test(word)) return word;
  return word
    .normalize("NFKD")
    .replace(/[\p{M}\s\-_.'’]/gu, "")
    .toLowerCase();
}
