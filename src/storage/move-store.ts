import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Outcome, accepted, refused, pieces } from "../foundation/index.ts";
import { type Database, type Transaction, openDatabase } from "./database.ts";
import { describeTables, type MovedTable, readRows, keepSequences } from "./moved-tables-store.ts";

/** Why nothing was moved. `details.what` says which table, or how many others. */
export type MoveReason = "target-not-empty" | "tables-differ" | "rows-differ";

/** What was moved of one table: how many rows, and a digest of all of them in whatever order. */
export interface MovedRows {
  readonly table: string;
  readonly rows: number;
  readonly digest: string;
}

/** So many rows a statement: SQLite takes 32 766 values in one. */
const rowsAStatement = 200;

/** What migrations write into a new register, and a move replaces. */
const madeByMigrations = new Set(["audit_head", "installation", "clients_version"]);

/** Whether anybody else has a database open, as far as it can be told; an SQLite file must be there. */
export async function isInUse(url: string): Promise<boolean> {
  const database = openDatabase(url, { connections: 1, timeoutSeconds: 4 });
  try {
    return database.dialect === "sqlite"
      ? await isOpenedByOthers(database)
      : await hasOtherSessions(database);
  } finally {
    await database.close();
  }
}

/** Nobody but a single user may leave the journal for another; whoever opens the file next comes back to it. */
async function isOpenedByOthers({ knex }: Database): Promise<boolean> {
  try {
    const answer: unknown = await knex.raw("PRAGMA journal_mode = DELETE");
    return (answer as { journal_mode: string }[])[0]?.journal_mode !== "delete";
  } catch (error) {
    if ((error as { code?: unknown }).code === "SQLITE_BUSY") return true;
    throw error;
  }
}

/** A session that ends is listed for a moment more: they are asked again before it is said. */
async function hasOtherSessions({ knex }: Database): Promise<boolean> {
  for (let tries = 0; tries < 10; tries += 1) {
    const answer: unknown = await knex.raw(
      `SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    if ((answer as { rows: unknown[] }).rows.length === 0) return false;
    await pause(200);
  }
  return true;
}

/** Whether a database holds anything that a move would meet; one without tables holds nothing. */
export async function holdsRows(database: Database): Promise<string | undefined> {
  const tables = await describeTables(database);
  for (const { name } of tables) {
    if (madeByMigrations.has(name)) continue;
    if (await database.knex(name).first(database.knex.raw("1 AS found"))) return name;
  }
  return undefined;
}

/**
 * Copies every row of one register into another, of either kind, that is migrated and empty: all of it in one
 * transaction, or nothing. What arrived is read again before it is kept, and must be what was sent, row for row.
 * The artifacts (sessions, codes, tokens) are no part of it.
 */
export async function moveRows(
  source: Database,
  target: Database,
): Promise<Outcome<readonly MovedRows[], MoveReason>> {
  const occupied = await holdsRows(target);
  if (occupied !== undefined) {
    return refused({ reason: "target-not-empty", details: { what: occupied } });
  }
  const [there, here] = [await describeTables(target), await describeTables(source)];
  const odd = firstDifference(there, here);
  if (odd !== undefined) return refused({ reason: "tables-differ", details: { what: odd } });
  const stop = new Error("not kept");
  let outcome: Outcome<readonly MovedRows[], MoveReason> | undefined;
  await source.transaction(async (from) => {
    if (source.dialect === "postgres")
      await from.raw("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    await target
      .transaction(async (to) => {
        outcome = await copyAll({ source, from, target, to }, there);
        if (!outcome.accepted) throw stop;
      })
      .catch((error: unknown) => {
        if (error !== stop) throw error;
      });
  });
  if (!outcome) throw new Error("a move ended without saying how");
  return outcome;
}

interface Ends {
  readonly source: Database;
  readonly from: Transaction;
  readonly target: Database;
  readonly to: Transaction;
}

async function copyAll(
  ends: Ends,
  tables: readonly MovedTable[],
): Promise<Outcome<readonly MovedRows[], MoveReason>> {
  const { source, from, target, to } = ends;
  for (const name of madeByMigrations) await to(name).delete();
  const sent: MovedRows[] = [];
  for (const table of tables) {
    if (table.name === "audit_events") await standBeforeTheFirst(ends);
    sent.push(await copyTable(table, ends));
  }
  for (const { table, rows, digest } of sent) {
    const described = tables.find(({ name }) => name === table);
    const arrived = described && (await digestOf(readRows(to, target.dialect, described)));
    if (arrived?.rows !== rows || arrived.digest !== digest) {
      return refused({ reason: "rows-differ", details: { what: table } });
    }
  }
  await keepSequences(
    { db: from, dialect: source.dialect },
    { db: to, dialect: target.dialect },
    tables,
  );
  return accepted(sent);
}

/** The audit takes an event only behind the one before it: its head goes where the first one kept begins. */
async function standBeforeTheFirst({ from, to }: Ends): Promise<void> {
  const first = await from("audit_events")
    .orderBy("seq")
    .first<{ seq: number; previous_hash: string } | undefined>("seq", "previous_hash");
  const head = first && { seq: first.seq - 1, hash: first.previous_hash };
  if (head) await to("audit_head").insert({ ...head, purged_seq: 0, purged_hash: "" });
}

async function copyTable(table: MovedTable, { source, from, to }: Ends): Promise<MovedRows> {
  // The head that the events were led by, and what was counted as they came, give way to what is sent.
  if (table.name === "audit_head" || table.name === "audit_hours") await to(table.name).delete();
  const rows = readRows(from, source.dialect, table);
  const written = async function* () {
    for await (const page of rows) {
      for (const some of pieces(page, rowsAStatement)) {
        await to(table.name).insert(some.map(forTarget(table)));
      }
      yield page;
    }
  };
  return { table: table.name, ...(await digestOf(written())) };
}

function forTarget({ booleans }: MovedTable): (row: Row) => Row {
  if (booleans.size === 0) return (row) => row;
  return (row) =>
    Object.fromEntries(
      Object.entries(row).map(([column, value]) => [
        column,
        booleans.has(column) && value !== null ? Boolean(value) : value,
      ]),
    );
}

type Row = Readonly<Record<string, unknown>>;

/** The digests of the rows are added up: no two databases need agree on an order. */
async function digestOf(
  pages: AsyncIterable<readonly Row[]>,
): Promise<{ readonly rows: number; readonly digest: string }> {
  let [rows, sum] = [0, 0n];
  for await (const page of pages) {
    rows += page.length;
    for (const row of page) {
      const hash = createHash("sha256").update(canonical(row)).digest("hex");
      sum = BigInt.asUintN(256, sum + BigInt(`0x${hash}`));
    }
  }
  return { rows, digest: sum.toString(16).padStart(64, "0") };
}

/** The same text for the same row of either database: true is 1, bytes are told by their hexadecimal digits. */
function canonical(row: Row): string {
  const values = Object.entries(row).map(([column, value]): [string, unknown] => {
    if (typeof value === "boolean") return [column, Number(value)];
    return [column, Buffer.isBuffer(value) ? { hex: value.toString("hex") } : value];
  });
  return JSON.stringify(values.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** The first table, or column, that one has and the other has not. */
function firstDifference(
  there: readonly MovedTable[],
  here: readonly MovedTable[],
): string | undefined {
  const names = (tables: readonly MovedTable[]) =>
    new Set(tables.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column}`)));
  const [left, right] = [names(there), names(here)];
  return [...left, ...right].find((each) => !left.has(each) || !right.has(each));
}
