import { type Siren, type Siret, sirenOf } from "./siret.ts";

/** A place of work of a company, as pages and claims speak of it. */
export interface Establishment {
  readonly siret: Siret;
  readonly siren: Siren;
  /** Absent while nobody has told it; never empty. */
  readonly name?: string;
}

/** The longest name kept, in characters. */
export const longestName = 200;

/** An establishment from what is known of it. */
export function toEstablishment(siret: Siret, name: string | null | undefined): Establishment {
  return { siret, siren: sirenOf(siret), ...(name ? { name } : {}) };
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
