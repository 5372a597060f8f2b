import { type Siren, type Siret, sirenOf } from "./siret.ts";

/** A place of work of a company, as pages and claims speak of it. */
export interface Establishment {
  readonly siret: Siret;
  readonly siren: Siren;
  /** Absent while nobody has told it; never empty. */
  readonly name?: string;
}

/** What staff call one. */
export const nameRule = { field: "name", word: "name", longest: 200 } as const;

/** An establishment from what is known of it. */
export function toEstablishment(siret: Siret, name: string | null | undefined): Establishment {
  return { siret, siren: sirenOf(siret), ...(name ? { name } : {}) };
}
