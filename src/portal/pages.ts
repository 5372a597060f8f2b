import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ejs from "ejs";
import type { Claims } from "./open-id.ts";

const folder = fileURLToPath(new URL("../../views/portal/", import.meta.url));

/** The stylesheet, served at `/style.css`. */
export const stylesheet = readFileSync(`${folder}style.css`, "utf8");

/** A page by the name of its template in `views/portal`, HTML-escaped by EJS. */
export async function renderPage(
  name: "home" | "signed-in" | "no-access" | "failure",
  title: string,
  values: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const body = await ejs.renderFile(`${folder}${name}.ejs`, values, { cache: true });
  return ejs.renderFile(`${folder}layout.ejs`, { title, body }, { cache: true });
}

/** One claim as the table shows it. */
export interface ClaimRow {
  readonly name: string;
  readonly label: string;
  /** One entry for a plain claim, one per item for a list. */
  readonly values: readonly ClaimValue[];
}

/** What a person reads, and the value as it was received where the two differ. */
export interface ClaimValue {
  readonly shown: string;
  readonly received: string;
  /** The name of an establishment that has one, beside its SIRET. */
  readonly name?: string;
}

/** Every claim received, in the order received. */
export function claimRows(claims: Claims): ClaimRow[] {
  return Object.entries(claims).map(([name, value]) => ({
    name,
    label: labels.get(name) ?? "",
    values: [value].flat().map((item: unknown) => claimValue(name, item)),
  }));
}

/**
 * A SIRET as people write it: three groups of three digits and one of five. The spaces are ordinary
 * ones, so that a copied number pastes anywhere; the stylesheet keeps it on one line.
 */
export function formatSiret(siret: string): string {
  return siret.replace(/^(\d{3})(\d{3})(\d{3})(\d{5})$/, "$1 $2 $3 $4");
}

const labels = new Map([
  ["sub", "Identifiant"],
  ["given_name", "Prénom"],
  ["family_name", "Nom"],
  ["name", "Nom complet"],
  ["email", "Email"],
  ["email_verified", "Email vérifié"],
  ["updated_at", "Dernière mise à jour"],
  ["siret", "SIRET"],
  ["siren", "SIREN"],
  ["establishment_name", "Établissement"],
  ["establishments", "Établissements ouverts"],
]);

const dateAndTime = new Intl.DateTimeFormat("fr-FR", {
  dateStyle: "long",
  timeStyle: "short",
  timeZone: "Europe/Paris",
});

function claimValue(claim: string, value: unknown): ClaimValue {
  const received = typeof value === "string" ? value : JSON.stringify(value);
  const establishment = claim === "establishments" ? establishmentOf(value) : undefined;
  return establishment
    ? { ...establishment, received }
    : { shown: shown(claim, value) ?? received, received };
}

function shown(name: string, value: unknown): string | undefined {
  if (typeof value === "boolean") return value ? "oui" : "non";
  if (name === "siret" && typeof value === "string") return formatSiret(value);
  if (name === "siren" && typeof value === "string") {
    return value.replace(/^(\d{3})(\d{3})(\d{3})$/, "$1 $2 $3");
  }
  if (name === "updated_at" && typeof value === "number")
    return dateAndTime.format(value * 1000).replace(/^1 /, "1er ");
  return undefined;
}

function establishmentOf(value: unknown): Pick<ClaimValue, "shown" | "name"> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { siret, name } = value as { siret?: unknown; name?: unknown };
  if (typeof siret !== "string") return undefined;
  return { shown: formatSiret(siret), ...(typeof name === "string" && { name }) };
}
