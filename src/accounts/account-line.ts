import {
  type EmailAddress,
  type Locale,
  locales,
  readCopiedAddress,
  readInstant,
} from "../foundation/index.ts";
import {
  type ColumnReason,
  type NamedColumns,
  type TableFaultReason,
  type TableRow,
  foldedTitle,
  typedCell,
} from "../spreadsheets/index.ts";
import { type AccountState, type StaffRole, staffRoles } from "./account.ts";
import { isReserved } from "./authority.ts";
import { type NameReason, nameProblems, tidyName } from "./person-names.ts";

/** A line of a list of accounts, understood. Instants are epoch seconds. */
export interface AccountLine {
  readonly line: number;
  /** Undefined where the list names none: a new one is made. */
  readonly sub: string | undefined;
  readonly email: EmailAddress;
  readonly givenName: string;
  readonly familyName: string;
  readonly state: AccountState;
  readonly role: StaffRole | undefined;
  readonly locale: Locale;
  readonly createdAt: number | undefined;
  readonly emailVerifiedAt: number | undefined;
  readonly clientId: string | undefined;
}

/** Why a line, or the whole list, cannot be read. */
export type AccountListReason =
  | TableFaultReason
  | ColumnReason
  | NameReason
  | "fields-too-many"
  | "email-malformed"
  | "sub-malformed"
  | "sub-reserved"
  | "state-unknown"
  | "role-unknown"
  | "locale-unknown"
  | "instant-malformed"
  | "instant-future"
  | "line-twice";

/** One thing that is wrong with a line. */
export interface AccountListProblem<Reason extends string = AccountListReason> {
  /** From 1. */
  readonly line: number;
  readonly column: string;
  /** What stands there, as typed. */
  readonly found: string;
  readonly reason: Reason;
  /** `other`: the line that says it already; `columns`: those that are known. */
  readonly details?: Readonly<Record<string, string | number>>;
}

/** How our exports and people name the columns, as {@link foldedTitle} folds them; the name that is shown comes first. */
export const accountColumnNames = {
  email: ["email", "e mail", "mail", "courriel", "adresse email", "adresse e mail", "adresse mail"],
  given_name: ["given name", "prenom", "prenoms", "first name"],
  family_name: ["family name", "nom de famille", "nom", "last name", "name"],
  sub: ["sub", "identifiant"],
  state: ["state", "etat", "statut"],
  role: ["role"],
  locale: ["locale", "langue", "language"],
  created_at: ["created at", "cree le"],
  validated_at: ["validated at", "email valide le"],
  client_id: ["client id", "cree depuis"],
} as const;

/** What a list of accounts may have a column for. */
export type AccountColumn = keyof typeof accountColumnNames;

/** What the lines of a list have in common. */
export interface AccountLines {
  /** How many fields its head has. */
  readonly most: number;
  readonly places: NamedColumns<AccountColumn>["places"];
  /** Epoch seconds: nobody signed up later. */
  readonly now: number;
  readonly problems: AccountListProblem[];
}

const states: Readonly<Record<string, AccountState>> = {
  ...{ "": "active", active: "active", actif: "active" },
  ...{ disabled: "disabled", desactive: "disabled" },
};

/** As OpenID Connect Core §8 bounds it; what no header or log breaks at. */
const subject = /^[\x21-\x7e]{1,255}$/;

/** Whether a text may be somebody's subject identifier: one of ours, or one that was imported. */
export function isSubject(text: string): boolean {
  return subject.test(text);
}

/** Reads a line; what is wrong with it is added to `problems`, and it is undefined then. */
export function readAccountLine(
  row: TableRow,
  { most, places, now, problems }: AccountLines,
): AccountLine | undefined {
  const before = problems.length;
  const { value, wrong, chosen } = readCells(row, places, problems);
  const { line, cells } = row;
  if (cells.length > most) wrong("fields", String(cells.length), "fields-too-many");
  const email = chosen("email", readCopiedAddress(value("email")), "email-malformed");
  const language = value("locale") === "" ? locales[0] : value("locale");
  const read = {
    ...readNames({ value, wrong }),
    state: chosen("state", states[foldedTitle(value("state"))], "state-unknown"),
    locale: chosen(
      "locale",
      locales.find((each) => each === language),
      "locale-unknown",
    ),
    ...readInstants({ value, wrong }, now),
    role: readRole({ value, wrong }),
    ...{ sub: readSub({ value, wrong }), clientId: value("client_id") || undefined },
  };
  const { state, locale } = read;
  if (problems.length > before || !email || !state || !locale) return undefined;
  return { ...read, line, email, state, locale };
}

type Cells = ReturnType<typeof readCells>;

/** The cells of a row by their columns, and how to say that one is wrong. */
function readCells(
  { line, cells }: TableRow,
  places: AccountLines["places"],
  problems: AccountListProblem[],
) {
  const value = (column: AccountColumn) => typedCell(cells[places.get(column) ?? -1] ?? "");
  const wrong = (column: string, found: string, reason: AccountListReason) =>
    problems.push({ line, column, found, reason });
  const chosen = <Chosen>(
    column: AccountColumn,
    found: Chosen | undefined,
    reason: AccountListReason,
  ) => {
    if (found === undefined) wrong(column, value(column), reason);
    return found;
  };
  return { value, wrong, chosen };
}

function readNames({ value, wrong }: Pick<Cells, "value" | "wrong">) {
  const name = (column: "given_name" | "family_name") => {
    const tidy = tidyName(value(column));
    const [problem] = nameProblems(column, tidy);
    if (problem) wrong(column, value(column), problem.reason);
    return tidy;
  };
  return { givenName: name("given_name"), familyName: name("family_name") };
}

function readInstants({ value, wrong }: Pick<Cells, "value" | "wrong">, now: number) {
  const at = (column: "created_at" | "validated_at") => {
    const instant = value(column) === "" ? now : readInstant(value(column));
    if (instant === undefined) wrong(column, value(column), "instant-malformed");
    else if (instant > now) wrong(column, value(column), "instant-future");
    return value(column) === "" ? undefined : instant;
  };
  return { createdAt: at("created_at"), emailVerifiedAt: at("validated_at") };
}

function readRole({ value, wrong }: Pick<Cells, "value" | "wrong">): StaffRole | undefined {
  const typed = value("role");
  if (typed === "") return undefined;
  const role = staffRoles.find((each) => each === typed);
  if (!role) wrong("role", typed, "role-unknown");
  return role;
}

function readSub({ value, wrong }: Pick<Cells, "value" | "wrong">): string | undefined {
  const sub = value("sub");
  if (sub === "") return undefined;
  if (!isSubject(sub)) wrong("sub", sub, "sub-malformed");
  // Who acts is told apart by these words: nobody is called so.
  else if (isReserved(sub)) wrong("sub", sub, "sub-reserved");
  return sub;
}
