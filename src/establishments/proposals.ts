import { type Siret, parseSiret } from "./siret.ts";

const prefix = "proposed-";

/** The name of the box that takes a SIRET proposed for a number that was spoilt. */
export function proposalBox(siret: string): string {
  return `${prefix}${siret}`;
}

/** The SIRETs whose boxes of that kind are ticked in a form. */
export function tickedProposals(body: unknown): Siret[] {
  return Object.keys(body ?? {}).flatMap((name) => {
    const siret = parseSiret(name.slice(prefix.length));
    return siret.accepted && name === proposalBox(siret.value) ? [siret.value] : [];
  });
}
