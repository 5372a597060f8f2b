import { type Outcome, accepted, refused } from "../foundation/index.ts";

declare const checkedSiret: unique symbol;
declare const checkedSiren: unique symbol;

/** The number of an establishment: 14 digits as text (leading zeros count). Only {@link parseSiret} makes one. */
export type Siret = string & { readonly [checkedSiret]: true };

/** The number of the company an establishment belongs to: the first 9 digits of its SIRET. */
export type Siren = string & { readonly [checkedSiren]: true };

/** Longer than any SIRET with separators: what is longer is refused unread. */
const longestTyped = 64;
// Spaces (plain, thin, no-break, narrow no-break), tabs, dots and hyphens: how people group digits.
const separators = /[ \t\u2009\u00a0\u202f.\u2011-]/g;
// ASCII only: `\d` would do, but a reader should not have to know that it refuses full-width digits.
const fourteenDigits = /^[0-9]{14}$/;
const laPoste = "356000000";

/**
 * Reads a SIRET as people type or paste it, and checks it as INSEE does: Luhn on the SIREN and on the
 * 14 digits; an establishment of La Poste may instead have a digit sum that is a multiple of 5. A
 * SIREN of zeros passes Luhn and names nobody: refused.
 *
 * Refusals: `siret-format` (not 14 digits), `siret-checksum` (a mistyped digit).
 * @see https://fr.wikipedia.org/wiki/Syst%C3%A8me_d%27identification_du_r%C3%A9pertoire_des_%C3%A9tablissements
 */
export function parseSiret(typed: string): Outcome<Siret, "siret-format" | "siret-checksum"> {
  if (typed.length > longestTyped) return refused({ reason: "siret-format" });
  const digits = typed.trim().replace(separators, "");
  if (!fourteenDigits.test(digits)) return refused({ reason: "siret-format" });
  return hasValidChecksum(digits)
    ? accepted(digits as Siret)
    : refused({ reason: "siret-checksum" });
}

/** Reads a SIREN as people type it: 9 digits that pass Luhn, and not those of nobody. */
export function parseSiren(typed: string): Outcome<Siren, "siren-format"> {
  const digits = typed.length > longestTyped ? "" : typed.trim().replace(separators, "");
  const isOne = /^[0-9]{9}$/.test(digits) && Number(digits) !== 0 && passesLuhn(digits);
  return isOne ? accepted(digits as Siren) : refused({ reason: "siren-format" });
}

/** The company of an establishment. */
export function sirenOf(siret: Siret): Siren {
  return siret.slice(0, 9) as Siren;
}

/**
 * A SIRET as pages and mails show it, `130 025 265 00013`. The spaces are ordinary ones, so that
 * a copied number pastes anywhere; the pages' stylesheet keeps it on one line.
 */
export function formatSiret(siret: Siret): string {
  return [siret.slice(0, 3), siret.slice(3, 6), siret.slice(6, 9), siret.slice(9)].join(" ");
}

function hasValidChecksum(digits: string): boolean {
  const siren = digits.slice(0, 9);
  if (Number(siren) === 0 || !passesLuhn(siren)) return false;
  return passesLuhn(digits) || (siren === laPoste && digitSum(digits) % 5 === 0);
}

function passesLuhn(digits: string): boolean {
  const weighted = Array.from(digits, (digit, index) => {
    const doubled = Number(digit) * ((digits.length - index) % 2 === 0 ? 2 : 1);
    return doubled > 9 ? doubled - 9 : doubled;
  });
  return sum(weighted) % 10 === 0;
}

function digitSum(digits: string): number {
  return sum(Array.from(digits, Number));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
