import { type NamedColumns, type TableRow, namedColumns } from "../spreadsheets/index.ts";
import type { ListProblem } from "./list-problem.ts";

/** What a column of a list of accesses says. */
export type AccessColumn = "email" | "siret" | "name" | "until" | "reason" | "state";

/** How people and our exports name the columns, folded. The first one is shown. */
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
  ...[
    "invite le",
    "invite par",
    "invited at",
    "invited by",
    "ouvert le",
    "ouvert par",
    "ferme le",
    "ferme par",
    "motif de fermeture",
    "access id",
  ],
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
  head: TableRow,
  rows: readonly TableRow[],
  skipUnknown: boolean,
  problems: ListProblem[],
): NamedColumns<AccessColumn> {
  const columns = namedColumns<AccessColumn>(head, rows, {
    ...{ required: ["email", "siret"], columnOf },
    isPassed: (name) => skipUnknown || isKnownBeside(name),
  });
  const details = { "column-unknown": { columns: usualColumns }, "column-twice": {} } as const;
  for (const { reason, found, column = "" } of columns.faults) {
    const said = reason === "column-missing" ? { column } : details[reason];
    problems.push({ line: head.line, column: "header", found, reason, details: said });
  }
  return columns;
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
