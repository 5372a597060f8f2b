import { type Outcome, type Problem, accepted, refused } from "./outcome.ts";

/** What free text in a field of a form must be; the room that owns the field says it, once. */
export interface TextRule {
  readonly field: string;
  /** What a refusal calls it: `reason` is `reason-too-long`, `reason-missing`. */
  readonly word: string;
  /** In characters, as it is kept. */
  readonly longest: number;
  readonly isRequired?: true;
  /** Whether lines are kept as lines; one line unless told. */
  readonly hasLines?: true;
}

/** Why a text is refused by its rule. */
export type TextReason<Rule extends TextRule> =
  | `${Rule["word"]}-too-long`
  | (Rule extends { readonly isRequired: true } ? `${Rule["word"]}-missing` : never);

/** A text as it is kept. */
type Kept<Rule extends TextRule> = Rule extends { readonly isRequired: true }
  ? string
  : string | undefined;

/** Reads free text as it was typed, by the rule of its field. */
export function readText<const Rule extends TextRule>(
  rule: Rule,
  typed: string | undefined,
): Outcome<Kept<Rule>, TextReason<Rule>> {
  const text = rule.hasLines ? severalLines(typed) : oneLine(typed);
  const [problem] = textProblems(rule, text);
  return problem ? refused(problem) : accepted(text as Kept<Rule>);
}

/** What is wrong with a text that is clean already ({@link oneLine}): for who names several problems at once. */
export function textProblems<const Rule extends TextRule>(
  { field, word, longest, isRequired }: Rule,
  text: string | undefined,
): Problem<TextReason<Rule>>[] {
  const refusal = (why: string, details?: Problem["details"]) =>
    ({ field, reason: `${word}-${why}`, ...(details && { details }) }) as Problem<TextReason<Rule>>;
  if (text === undefined) return isRequired ? [refusal("missing")] : [];
  return text.length > longest ? [refusal("too-long", { maximum: longest })] : [];
}

/**
 * Free text as it is kept: one line in NFC, without control characters (PostgreSQL refuses NUL in
 * text), invisible marks (a right-to-left override would turn a mail around) or lone surrogates.
 * @returns undefined when nothing is left.
 */
export function oneLine(typed: string | undefined): string | undefined {
  const line = (typed ?? "")
    .toWellFormed()
    .replace(/\p{Cf}+/gu, "")
    .replace(/[\p{Cc}\p{Z}]+/gu, " ")
    .trim()
    .normalize("NFC");
  return line === "" ? undefined : line;
}

/** Free text of several lines, each as {@link oneLine} keeps it, and at most one empty one between two. */
function severalLines(typed = ""): string | undefined {
  const lines = typed.split(/\r\n?|\n/).map((line) => oneLine(line) ?? "");
  const text = lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  return text === "" ? undefined : text;
}
