import type { Account } from "../accounts/index.ts";
import type { AccessOfAccount, Invitation, Siret } from "../establishments/index.ts";
import type { Clock } from "../foundation/index.ts";
import { byteOrderMark, excelRow } from "../spreadsheets/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import {
  type ExportColumn,
  type ExportNames,
  type Named,
  accessColumns,
  accountColumns,
  invitationColumns,
  requestColumns,
} from "./export-columns.ts";
import { establishmentNames } from "./shown.ts";

/** How a table is saved. */
export const exportFormats = {
  csv: { type: "text/csv; charset=utf-8", lines: csvLines },
  jsonl: { type: "application/x-ndjson; charset=utf-8", lines: jsonLines },
} as const;

/** What is exported. */
export const exportedTables = ["accounts", "accesses", "invitations", "requests"] as const;

/** A table with its rows, which are read page by page: however many they are, few are in memory. */
export interface ExportTable<Row = never> {
  readonly columns: readonly ExportColumn<Row>[];
  readonly rows: AsyncIterable<Row>;
}

/** What the tables are read from. */
export type ExportParts = Pick<
  BackofficeParts,
  "accounts" | "accountPages" | "accesses" | "accessPages" | "invitations" | "accessRequests"
> & { readonly clock: Clock };

const aPage = 500;

/** The lines of a table in a format. */
export function exportedLines(
  parts: ExportParts,
  table: (typeof exportedTables)[number],
  format: keyof typeof exportFormats,
): AsyncGenerator<string> {
  const { lines } = exportFormats[format];
  if (table === "accounts") return lines({ columns: accountColumns, rows: accountRows(parts) });
  if (table === "accesses") return lines({ columns: accessColumns, rows: accessRows(parts) });
  if (table === "invitations")
    return lines({ columns: invitationColumns, rows: invitationRows(parts) });
  return lines({ columns: requestColumns, rows: requestRows(parts) });
}

async function* csvLines<Row>({ columns, rows }: ExportTable<Row>): AsyncGenerator<string> {
  yield byteOrderMark + excelRow(columns.map(({ title }) => title));
  for await (const row of rows) yield excelRow(columns.map(({ of }) => of(row).cell));
}

async function* jsonLines<Row>({ columns, rows }: ExportTable<Row>): AsyncGenerator<string> {
  for await (const row of rows) {
    const said = columns.map(({ name, of }) => [name, of(row).json] as const);
    yield `${JSON.stringify(Object.fromEntries(said))}\n`;
  }
}

async function* accountRows(parts: ExportParts): AsyncGenerator<Named<Account>> {
  const names = await namesOfAll(parts, [], []);
  const read = (after: number) => parts.accountPages.page({}, { after, limit: aPage });
  for await (const page of pages(read, ({ id }) => id)) {
    for (const account of page) yield { ...account, names };
  }
}

/** Of a deleted account nothing says whose they were: those are not among them. */
async function* accessRows(parts: ExportParts): AsyncGenerator<Named<AccessOfAccount>> {
  const now = parts.clock.epochSeconds();
  const read = (after: number) => parts.accessPages.page({}, { after, limit: aPage, now });
  for await (const page of pages(read, ({ accessId }) => accessId)) {
    const words = page.flatMap(({ sub, openedBy, closedBy }) => [sub, openedBy, closedBy]);
    const names = await namesOfAll(parts, words, []);
    for (const access of page) if (access.email !== undefined) yield { ...access, names };
  }
}

async function* invitationRows(parts: ExportParts): AsyncGenerator<Named<Invitation>> {
  const read = (after: number) => parts.invitations.list({ waiting: true, after, limit: aPage });
  for await (const page of pages(read, ({ id }) => id)) {
    const sirets = page.map(({ siret }) => siret);
    const inviters = page.map(({ invitedBy }) => invitedBy);
    const names = await namesOfAll(parts, inviters, sirets);
    for (const invitation of page) yield { ...invitation, names };
  }
}

async function* requestRows(parts: ExportParts) {
  const read = (after: number) => parts.accessRequests.list({ after, limit: aPage });
  for await (const page of pages(read, ({ id }) => id)) {
    const sirets = page.flatMap((request) => request.sirets);
    const deciders = page.map(({ decidedBy }) => decidedBy);
    const names = await namesOfAll(parts, deciders, sirets);
    for (const request of page) {
      for (const asked of request.establishments) yield { ...request, asked, names };
    }
  }
}

async function* pages<Row>(
  read: (after: number) => Promise<Row[]>,
  idOf: (row: Row) => number,
): AsyncGenerator<Row[]> {
  let after = 0;
  for (;;) {
    const page = await read(after);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = idOf(last);
  }
}

async function namesOfAll(
  { accounts, accesses }: ExportParts,
  words: readonly (string | undefined)[],
  sirets: readonly Siret[],
): Promise<ExportNames> {
  const subs = [...new Set(words.filter((each) => each !== undefined))];
  const found = subs.length > 0 ? await accounts.findAllBySub(subs) : [];
  const known = new Map(found.map((account) => [account.sub, account]));
  const establishment = await establishmentNames(accesses, [...new Set(sirets)]);
  const person = (word: string | undefined) => {
    const account = word === undefined ? undefined : known.get(word);
    return account ? `${account.givenName} ${account.familyName}` : word;
  };
  return { person, account: (sub) => known.get(sub), establishment };
}
