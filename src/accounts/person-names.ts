import type { Problem } from "../foundation/index.ts";

/** Why a first or last name is refused; `…-character` says which of its characters. */
export type NameReason =
  `${"given-name" | "family-name"}-${"missing" | "character" | "letterless"}` | "name-too-long";

/** The longest first or last name, in characters. */
const longestName = 100;

/**
 * One spelling of a name: composed, trimmed, with the apostrophe, the hyphen and the space of a keyboard in place
 * of what text editors make of them, and without what nobody sees. A point has its space: `J.Pierre` is
 * `J. Pierre`, and `t.co` is no address of a web page any more.
 */
export function tidyName(typed: string): string {
  return typed
    .slice(0, 10 * longestName)
    .normalize("NFC")
    .replace(/\p{Cf}+/gu, "")
    .replace(/[\u2018\u2019\u201A\u201B\u02BC\u2032\uFF07`\u00B4]/g, "'")
    .replace(/[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]/g, "-")
    .replace(/(?<=(?<![\p{L}\p{M}])\p{L}{1,3}\.)(?=\p{L}{2})/gu, " ")
    .replace(/[\t\p{Z}]+/gu, " ")
    .trim();
}

/** What is wrong with a tidied name. */
export function nameProblems(
  field: "given_name" | "family_name",
  name: string,
): Problem<NameReason>[] {
  const word = field === "given_name" ? "given-name" : "family-name";
  if (name === "") return [{ field, reason: `${word}-missing` }];
  if (Array.from(name).length > longestName) {
    return [{ field, reason: "name-too-long", details: { maximum: longestName } }];
  }
  const character = refusedNameCharacter(name);
  if (character !== undefined) {
    return [
      { field, reason: `${word}-character`, details: { character: namedCharacter(character) } },
    ];
  }
  return /\p{L}/u.test(name) ? [] : [{ field, reason: `${word}-letterless` }];
}

/** A character as a sentence can name it: one that cannot be seen by its number. */
export function namedCharacter(character: string): string {
  if (/^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)) return character;
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * Letters and marks of any script, spaces, apostrophes, hyphens, points and the Catalan `·`: no control character, no
 * markup; nor a point between words, as in the address of a web page.
 */
function refusedNameCharacter(name: string): string | undefined {
  const wrong = /[^\p{L}\p{M} .'\u00B7-]/u.exec(name)?.[0];
  return wrong ?? (/\.\p{L}{2}/u.test(name) ? "." : undefined);
}
