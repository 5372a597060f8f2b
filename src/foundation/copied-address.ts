import { type EmailAddress, parseEmailAddress } from "./email-address.ts";

/** What looks like an address, between what parts two. */
const anyAddress = /[^\s"'<>(),;:]+@[^\s"'<>(),;:]+/gu;

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
  const isAlone = (name.match(anyAddress) ?? []).every((each) => parseEmailAddress(each) === email);
  return isAlone ? email : undefined;
}
