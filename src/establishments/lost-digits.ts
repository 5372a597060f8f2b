import { type Siret, parseSiret } from "./siret.ts";

/** A number that a spreadsheet spoilt: what became of it and, where one completion alone has a right key, that one. */
export interface SpoiltNumber {
  /** `siret-rounded`: scientific notation; `siret-short`: digits are missing, zeros in front perhaps. */
  readonly reason: "siret-rounded" | "siret-short";
  /** Never taken by itself: somebody must say that it is meant. */
  readonly proposed?: Siret;
}

const siretDigits = 14;
/** A SIREN begins with three zeros at most. */
const mostLeadingZeros = 3;
/** With one digit lost there are ten completions; with more of them, several have a right key. */
const mostCompletions = 10;

/** `1,30025E+13`, as Excel shows a number in a column that is too narrow, and then saves it. */
export const scientificNotation = /(?<![\p{L}\d.,])\d(?:[.,]\d{1,20})?[eE]\+?1[0-9](?![\p{L}\d])/gu;

/**
 * What {@link scientificNotation} stands for. The last digit shown was rounded.
 * @param notation text that matches it
 */
export function roundedNumber(notation: string): SpoiltNumber {
  const [mantissa = "", exponent = ""] = notation.split(/[eE]\+?/);
  const shown = mantissa.replace(/[.,]/, "");
  const lost = Number(exponent) + 1 - shown.length;
  const integer = BigInt(lost >= 0 ? shown : shown.slice(0, lost));
  const unit = 10n ** BigInt(Math.max(lost, 0));
  if (unit > mostCompletions) return { reason: "siret-rounded" };
  const first = integer * unit - unit / 2n;
  const candidates = Array.from({ length: Number(unit) }, (_, place) => first + BigInt(place));
  return spoilt("siret-rounded", candidates.map(String));
}

/** What a number of a few digits less than fourteen may have been; undefined when it has too few for that. */
export function shortNumber(digits: string): SpoiltNumber | undefined {
  const missing = siretDigits - digits.length;
  if (missing < 1 || missing > mostLeadingZeros) return undefined;
  return spoilt("siret-short", [digits.padStart(siretDigits, "0")]);
}

function spoilt(reason: SpoiltNumber["reason"], candidates: readonly string[]): SpoiltNumber {
  const right = candidates.flatMap((each) => {
    const siret = each.length === siretDigits ? parseSiret(each) : undefined;
    return siret?.accepted ? [siret.value] : [];
  });
  const [only] = right;
  return { reason, ...(only && right.length === 1 && { proposed: only }) };
}
