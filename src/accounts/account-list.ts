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
  type UnreadColumn,
  foldedTitle,
  listText,
  namedColumns,
  readTable,
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

/** What a list says: lines that are right, and what is wrong with the others. Each row is in one of these. */
export interface AccountList {
  readonly lines: readonly AccountLine[];
  readonly problems: readonly AccountListProblem[];
  /** Columns without a name that hold something, and sheets of a workbook: what else the file has. */
  readonly unreadColumns: readonly UnreadColumn[];
  readonly unreadSheets: readonly string[];
}

/** How our exports and people name the columns, as {@link foldedTitle} folds them; the name that is shown comes first. */
const columnNames = {
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

type AccountColumn = keyof typeof columnNames;

const required = ["email", "given_name", "family_name"] as const;

/** For a sentence: what the columns are called. */
export const accountListColumns = Object.keys(columnNames).join(", ");

/**
 * Reads a list of accounts as a spreadsheet or our own export saved it: a table whose first row names its columns, in French or
 * English, in any order; or JSON lines.
 * @param now epoch seconds: nobody signed up later
 */
export async function readAccountList(file: Uint8Array, now: number): Promise<AccountList> {
  const read = await listText(file);
  const table = read.fault ? read : readTable(read.text);
  const unreadSheets = read.fault ? [] : read.unreadSheets;
  const nothing = { lines: [], unreadColumns: [], unreadSheets };
  if (table.fault) {
    const { line, reason, details } = table.fault;
    const problem = { line, column: "list", found: "", reason, ...(details && { details }) };
    return { ...nothing, problems: [problem] };
  }
  const [head, ...rows] = table.rows;
  const problems: AccountListProblem[] = [];
  if (!head) return { ...nothing, problems };
  const { places, unread: unreadColumns } = readColumns(head, rows, problems);
  if (problems.length > 0) return { ...nothing, problems };
  const lines = rows.flatMap((row) => readRow(row, head.cells.length, places, now, problems) ?? []);
  return { lines: once(lines, problems), problems, unreadColumns, unreadSheets };
}

type Places = NamedColumns<AccountColumn>["places"];

function readColumns(
  head: TableRow,
  rows: readonly TableRow[],
  problems: AccountListProblem[],
): NamedColumns<AccountColumn> {
  const columns = namedColumns<AccountColumn>(head, rows, {
    ...{ required, columnOf },
    isPassed: () => false,
  });
  const details = {
    "column-unknown": { columns: accountListColumns },
    "column-twice": {},
  } as const;
  for (const { reason, found, column = "" } of columns.faults) {
    const said = reason === "column-missing" ? { column } : details[reason];
    problems.push({ line: head.line, column: "header", found, reason, details: said });
  }
  return columns;
}

function columnOf(name: string): AccountColumn | undefined {
  const known = Object.entries(columnNames).find(([, names]) =>
    (names as readonly string[]).includes(name),
  );
  return known?.[0] as AccountColumn | undefined;
}

const states: Readonly<Record<string, AccountState>> = {
  ...{ "": "active", active: "active", actif: "active" },
  ...{ disabled: "disabled", desactive: "disabled" },
};

/** As OpenID Connect Core §8 bounds it; what no header or log breaks at. */
const subject = /^[\x21-\x7e]{1,255}$/;

function readRow(
  { line, cells }: TableRow,
  most: number,
  places: Places,
  now: number,
  problems: AccountListProblem[],
): AccountLine | undefined {
  const before = problems.length;
  const value = (column: AccountColumn) => typedCell(cells[places.get(column) ?? -1] ?? "");
  const wrong = (column: string, found: string, reason: AccountListReason) =>
    problems.push({ line, column, found, reason });
  if (cells.length > most) wrong("fields", String(cells.length), "fields-too-many");
  const chosen = <Chosen>(
    column: AccountColumn,
    found: Chosen | undefined,
    reason: AccountListReason,
  ) => {
    if (found === undefined) wrong(column, value(column), reason);
    return found;
  };
  const at = (column: "created_at" | "validated_at") => {
    const instant = value(column) === "" ? now : readInstant(value(column));
    if (instant === undefined) wrong(column, value(column), "instant-malformed");
    else if (instant > now) wrong(column, value(column), "instant-future");
    return value(column) === "" ? undefined : instant;
  };
  const name = (column: "given_name" | "family_name") => {
    const tidy = tidyName(value(column));
    const [problem] = nameProblems(column, tidy);
    if (problem) wrong(column, value(column), problem.reason);
    return tidy;
  };
  const email = chosen("email", readCopiedAddress(value("email")), "email-malformed");
  const role = value("role") as StaffRole | "";
  const language = value("locale") === "" ? locales[0] : value("locale");
  const read = {
    ...{ givenName: name("given_name"), familyName: name("family_name") },
    state: chosen("state", states[foldedTitle(value("state"))], "state-unknown"),
    locale: chosen(
      "locale",
      locales.find((each) => each === language),
      "locale-unknown",
    ),
    ...{ createdAt: at("created_at"), emailVerifiedAt: at("validated_at") },
    ...{ sub: value("sub") || undefined, clientId: value("client_id") || undefined },
    role: role === "" ? undefined : role,
  };
  if (read.role !== undefined && !staffRoles.includes(read.role))
    wrong("role", role, "role-unknown");
  if (read.sub !== undefined && !subject.test(read.sub)) wrong("sub", read.sub, "sub-malformed");
  // Who acts is told apart by these words: nobody is called so.
  else if (read.sub !== undefined && isReserved(read.sub)) wrong("sub", read.sub, "sub-reserved");
  const { state, locale } = read;
  if (problems.length > before || !email || !state || !locale) return undefined;
  return { ...read, line, email, state, locale };
}

/** An address and an identifier are each of one account: which of two lines is meant is not for us to guess. */
function once(
  lines: readonly AccountLine[],
  problems: AccountListProblem[],
): readonly AccountLine[] {
  const seen = new Map<string, number>();
  return lines.filter(({ line, email, sub }) => {
    const names = [
      ["email", email] as const,
      ...(sub === undefined ? [] : [["sub", sub] as const]),
    ];
    const twice = names.filter(([column, name]) => seen.has(`${column} ${name}`));
    for (const [column, name] of twice) {
      const details = { other: seen.get(`${column} ${name}`) ?? 0 };
      problems.push({ line, column, found: name, reason: "line-twice", details });
    }
    for (const [column, name] of names) {
      if (!seen.has(`${column} ${name}`)) seen.set(`${column} ${name}`, line);
    }
    return twice.length === 0;
  });
}
