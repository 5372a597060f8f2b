import type { RecordWithin, RecordedTransactionParts } from "../house/index.ts";
import type { Clock, Random } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { AccountLine, AccountListProblem, AccountListReason } from "./account-line.ts";
import { type AccountList, readAccountList } from "./account-list.ts";
import {
  AccountImportStore,
  type ImportedAccount,
  type TakenAccount,
} from "./account-import-store.ts";
import { AccountStore } from "./account-store.ts";
import { type Actor, type AuthorityReason, authorityProblem, isPerson } from "./authority.ts";

/** Why a line is not carried out, or the whole list. */
export type AccountImportReason =
  | AccountListReason
  | AuthorityReason
  /** The address belongs to an account of another identifier. */
  | "email-taken"
  /** The identifier belongs to another address, or to a deleted account: it is never given again. */
  | "sub-taken";

/** What a list does, or would do. */
export interface AccountImported extends Pick<AccountList, "unreadColumns" | "unreadSheets"> {
  readonly problems: readonly AccountListProblem<AccountImportReason>[];
  /** Made, or to be made. */
  readonly made: readonly AccountLine[];
  /** There already, and left as they are; `differs` names the columns that say something else. */
  readonly already: readonly { readonly line: AccountLine; readonly differs: readonly string[] }[];
  /** Whether it was done: a dry run, and a list with a problem, change nothing. */
  readonly isDone: boolean;
}

/**
 * Makes the accounts of a list, all or none, under the identifiers that it names: relying parties know people by them.
 * @param command.by the operator, or an admin, judged in the transaction
 */
export type ImportAccounts = (command: {
  readonly file: Uint8Array;
  readonly by: Actor;
  readonly dryRun: boolean;
}) => Promise<AccountImported>;

/** What it is built of. */
export interface AccountImportParts extends RecordedTransactionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly recordWithin: RecordWithin;
}

/**
 * Builds it. Without a password, and without a letter: a person sets one by « Récupérer mon mot de passe », which proves the address. Who
 * is of the staff needs an enrolment code besides. What is there already is never changed, so that a list may come twice.
 */
export function createAccountImport(parts: AccountImportParts): ImportAccounts {
  const { database, clock } = parts;
  return async ({ file, by, dryRun }) => {
    const read = await readAccountList(file, clock.epochSeconds());
    const { lines, columns, problems: found, ...unread } = read;
    let follow: (() => Promise<void>) | undefined;
    const judgeAndWrite = async (transaction: Transaction) => {
      const why = await refusedTo(transaction, by);
      if (why) return { ...refusedWhole(why, by), ...unread };
      const judged = await judge(transaction, lines, columns);
      const problems = [...found, ...judged.problems].sort((a, b) => a.line - b.line);
      const isDone = !dryRun && problems.length === 0;
      const isNew = isDone && judged.made.length > 0;
      if (isNew) follow = await write(parts, transaction, judged.made, by);
      return { ...judged, ...unread, problems, isDone };
    };
    const imported = await database.transaction(judgeAndWrite).catch((fault: unknown) => {
      // Who signed up with one of the addresses meanwhile is there by now, and judged with the others.
      if (AccountStore.isTaken(fault)) return database.transaction(judgeAndWrite);
      throw fault;
    });
    await follow?.();
    return imported;
  };
}

async function refusedTo(
  transaction: Transaction,
  actor: Actor,
): Promise<AuthorityReason | undefined> {
  const held = isPerson(actor) ? await new AccountStore(transaction).hold([actor]) : [];
  return authorityProblem({ actor, bearer: held[0], least: "admin" });
}

function refusedWhole(reason: AuthorityReason, by: Actor) {
  const problem = { line: 1, column: "list", found: by, reason };
  return { problems: [problem], made: [], already: [], isDone: false } as const;
}

async function judge(
  transaction: Transaction,
  lines: readonly AccountLine[],
  columns: AccountList["columns"],
) {
  const taken = await new AccountImportStore(transaction).taken(lines);
  const byEmail = new Map(taken.map((row) => [row.email, row]));
  const bySub = new Map(taken.map((row) => [row.sub, row]));
  const problems: AccountListProblem<AccountImportReason>[] = [];
  const made: AccountLine[] = [];
  const already: AccountImported["already"][number][] = [];
  for (const line of lines) {
    const [ofEmail, ofSub] = [byEmail.get(line.email), bySub.get(line.sub ?? "")];
    const at = { line: line.line };
    if (ofSub && ofSub.email !== line.email)
      problems.push({ ...at, column: "sub", found: ofSub.sub, reason: "sub-taken" });
    else if (ofEmail && line.sub !== undefined && ofEmail.sub !== line.sub)
      problems.push({ ...at, column: "email", found: line.email, reason: "email-taken" });
    else if (ofEmail) already.push({ line, differs: differences(line, ofEmail, columns) });
    else made.push(line);
  }
  return { problems, made, already };
}

/** Which columns of the list say something else; what it has no column for it does not say. */
function differences(
  line: AccountLine,
  row: TakenAccount,
  columns: AccountList["columns"],
): string[] {
  const said = {
    given_name: line.givenName,
    family_name: line.familyName,
    ...{ state: line.state, role: line.role ?? null, locale: line.locale },
  };
  const names = Object.keys(said) as (keyof typeof said)[];
  return names.filter((name) => columns.has(name) && said[name] !== row[name]);
}

/** @returns what is to be called once it is written: an event each, which one beside the change announces by their count */
async function write(
  { random, clock, recordSoon, recordWithin }: AccountImportParts,
  transaction: Transaction,
  made: readonly AccountLine[],
  by: Actor,
): Promise<() => Promise<void>> {
  const accounts: ImportedAccount[] = made.map((line) => ({
    ...line,
    sub: line.sub ?? random.identifier(),
  }));
  await new AccountImportStore(transaction).insert(accounts, clock.epochSeconds());
  const event = { name: "account-imported", outcome: "accepted", actor: by } as const;
  const details = { count: String(accounts.length) };
  const each = accounts.map(({ sub }) => ({ ...event, subject: { sub } }));
  const placed = await recordSoon(transaction, each);
  const announced = await recordWithin(transaction, { ...event, details });
  return async () => {
    await announced();
    await placed();
  };
}
