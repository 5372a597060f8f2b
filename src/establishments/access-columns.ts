import { type TableRow, foldedTitle } from "../spreadsheets/index.ts";
import type { ColumnReason, ListProblem } from "./list-problem.ts";

/** What a column of a list of accesses says. */
export type AccessColumn = "email" | "siret" | "name" | "until" | "reason" | "state";

/** Which column of a list says what, and which say nothing that an access keeps. */
export interface AccessColumns {
  readonly places: ReadonlyMap<AccessColumn, number>;
  /** As the list names them: known, or left out by who imports; never read. */
  readonly unread: readonly string[];
}

/** How people and our exports name the columns, folded as {@link foldedTitle} does. The first one is shown. */
const columnNames: Readonly<Record<AccessColumn, readonly string[]>> = {
  email: [
    ...["email", "e mail", "mail", "mel", "courriel", "adresse email", "adresse e mail"],
    ...["adresse mail", "adresse electronique", "adresse de messagerie", "email address"],
  ],
  siret: [
    ...["siret", "n siret", "no siret", "num siret", "numero siret", "numero de siret"],
    ...["code siret", "siret etablissement", "siret de l etablissement", "siret number"],
  ],
  name: [
    ...["name", "nom", "nom de l etablissement", "nom etablissement", "etablissement", "organisme"],
    ...["raison sociale", "denomination", "enseigne", "nom de l organisme", "nom organisme"],
    ...["establishment", "establishment name"],
  ],
  until: [
    ...["until", "fin", "date de fin", "date fin", "fin d acces", "fin de l acces", "dernier jour"],
    ...["jusqu au", "jusqu a", "echeance", "end", "end date", "last day"],
  ],
  reason: ["reason", "motif", "raison", "justification", "motif d ouverture"],
  state: ["state", "etat", "statut"],
};

/** Columns that lists and our exports have beside these; they say who a person is, or what once happened. */
const knownBeside = new Set([
  ...["prenom", "prenoms", "given name", "first name", "nom de famille", "nom d usage"],
  ...["family name", "last name", "civilite", "fonction", "telephone", "tel", "portable"],
  ...["siren", "adresse", "adresse de l etablissement", "code postal", "ville", "commune"],
  ...["n", "no", "numero", "ligne", "line", "id", "sub", "anomalie", "problem"],
  ...["ouvert le", "ouvert par", "ferme le", "ferme par", "motif de fermeture", "access id"],
  ...["opened at", "opened by", "closed at", "closed by", "close reason"],
]);

/** Where a person stands with both names, `Nom` is the person's, not the establishment's. */
const givenNames = ["prenom", "prenoms", "given name", "first name"];
const personsName = ["nom", "name"];

/** For a sentence: what the columns may be called. */
export const usualColumns = "email, siret, name, until, reason";

/**
 * Reads the row that names the columns, in any order, case and spelling. What is wrong is added to `problems`.
 * @param skipUnknown whether columns that nobody knows are left unread, and not refused
 */
export function readColumns(
  { line, cells }: TableRow,
  skipUnknown: boolean,
  problems: ListProblem[],
): AccessColumns {
  const names = cells.map(foldedTitle);
  const wrong = (found: string, reason: ColumnReason, details: ListProblem["details"] = {}) =>
    problems.push({ line, column: "header", found, reason, details });
  for (const column of ["email", "siret"] as const) {
    const isNamed = names.some((name) => columnOf(name, names) === column);
    if (!isNamed) wrong(cells.join(", "), "column-missing", { column });
  }
  const places = new Map<AccessColumn, number>();
  const unread: string[] = [];
  for (const [place, name] of names.entries()) {
    const typed = (cells[place] ?? "").trim();
    const column = columnOf(name, names);
    if (column !== undefined && places.has(column)) wrong(typed, "column-twice");
    else if (column !== undefined) places.set(column, place);
    else if (skipUnknown || isKnownBeside(name)) unread.push(typed);
    else if (name !== "") wrong(typed, "column-unknown", { columns: usualColumns });
  }
  return { places, unread: unread.filter((name) => name !== "") };
}

function columnOf(name: string, names: readonly string[]): AccessColumn | undefined {
  if (personsName.includes(name) && names.some((each) => givenNames.includes(each))) {
    return undefined;
  }
  const found = Object.entries(columnNames).find(([, known]) => known.includes(name));
  return found?.[0] as AccessColumn | undefined;
}

function isKnownBeside(name: string): boolean {
  return knownBeside.has(name) || personsName.includes(name);
}
