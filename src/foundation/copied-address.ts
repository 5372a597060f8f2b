import { type EmailAddress, parseEmailAddress } from "./email-address.ts";

/** What parts two addresses, and words. */
const separators = /[\s"'<>(),;:]+/u;

/** Whether a word looks like an address: something stands before an @ and behind it. */
const looksLikeOne = (word: string) => word.slice(1, -1).includes("@");

/**
 * The one address of a cell, as mail programs and spreadsheets copy it: `Jeanne Durand <jeanne@cfa.test>`,
 * `mailto:jeanne@cfa.test`, an apostrophe in front, marks that nobody sees.
 * @returns undefined where there is none, and where there are two: which one is meant is not for us to guess
 */
export function readCopiedAddress(cell: string): EmailAddress | undefined {
  const text = cell.replace(/\p{Cf}/gu, "").replace(/^'/, "");
  const [, name = "", bracketed = text] = /^([^]*)<([^<>]+)>\s*$/.exec(text) ?? [];
  const email = parseEmailAddress(bracketed.trim().replace(/^mailto:/i, ""));
  // Mail programs write an address without a name as its own name.
  const named = name.split(separators).filter(looksLikeOne);
  const isAlone = named.every((each) => parseEmailAddress(each) === email);
  return isAlone ? email : undefined;
}
