import type { Database, Queryable } from "./database.ts";

/** A table of the register as a move sees it. */
export interface MovedTable {
  readonly name: string;
  /** Those that are written; not what the database makes of them itself. */
  readonly columns: readonly string[];
  /** Which of them are true or false where they go. */
  readonly booleans: ReadonlySet<string>;
}

type Dialect = Database["dialect"];

/** One end of a move. */
interface End {
  readonly db: Queryable;
  readonly dialect: Dialect;
}

/** What each database keeps about itself, and the artifacts, which are not moved. */
const notMoved = new Set(
  "migrations migrations_lock schema_versions artifacts frozen_establishments".split(" "),
);
/** Read in this order; of the others no order is asked. */
const orders: Readonly<Record<string, string>> = { audit_events: "seq" };

/** So many rows are read at a time. */
const rowsAPage = 1000;

/** Every table of a register, those that others refer to first, and the audit before its head and its counts. */
export async function describeTables({ knex, dialect }: Database): Promise<MovedTable[]> {
  const columns = dialect === "sqlite" ? await sqliteColumns(knex) : await postgresColumns(knex);
  const references = dialect === "sqlite" ? sqliteReferences : postgresReferences;
  const parents = rowsOf<{ child: string; parent: string }>(await knex.raw(references));
  const names = [...new Set(columns.map(({ table }) => table))].filter(
    (name) => !notMoved.has(name),
  );
  const behindEvents = ["audit_head", "audit_hours"];
  const edges = [...parents, ...behindEvents.map((child) => ({ child, parent: "audit_events" }))];
  return inOrder(names.sort(), edges).map((name) => {
    const own = columns.filter(({ table }) => table === name);
    return {
      name,
      columns: own.map(({ column }) => column).sort(),
      booleans: new Set(own.filter(({ type }) => type === "boolean").map(({ column }) => column)),
    };
  });
}

/** The rows of a table, page by page, as one transaction sees them. */
export async function* readRows(
  db: Queryable,
  dialect: Dialect,
  { name, columns }: MovedTable,
): AsyncGenerator<Readonly<Record<string, unknown>>[]> {
  if (dialect === "sqlite") {
    yield* sqliteRows(db, name, columns);
    return;
  }
  const order = orders[name];
  const query = db(name).select(...columns);
  if (order !== undefined) void query.orderBy(order);
  await db.raw(`DECLARE moved_rows NO SCROLL CURSOR FOR ${query.toQuery()}`);
  for (;;) {
    const page = rowsOf<Record<string, unknown>>(
      await db.raw(`FETCH ${String(rowsAPage)} FROM moved_rows`),
    );
    if (page.length === 0) break;
    yield page;
  }
  await db.raw("CLOSE moved_rows");
}

async function* sqliteRows(
  db: Queryable,
  name: string,
  columns: readonly string[],
): AsyncGenerator<Readonly<Record<string, unknown>>[]> {
  for (let last = -1; ;) {
    const page = await db(name)
      .where("rowid", ">", last)
      .orderBy("rowid")
      .limit(rowsAPage)
      .select<Record<string, unknown>[]>(...columns, { [placeName]: "rowid" });
    if (page.length === 0) return;
    last = Number(page.at(-1)?.[placeName]);
    for (const row of page) Reflect.deleteProperty(row, placeName);
    yield page;
  }
}

/** No column of ours is called so. */
const placeName = "place of the row";

/** Numbers that were given once are given never again, also those of rows that are gone. */
export async function keepSequences(
  from: End,
  to: End,
  tables: readonly MovedTable[],
): Promise<void> {
  for (const { name, columns } of tables) {
    if (!columns.includes("id")) continue;
    const last =
      from.dialect === "sqlite" ? await sqliteLast(from, name) : await postgresLast(from, name);
    if (last === undefined) continue;
    if (to.dialect === "postgres") {
      await to.db.raw("SELECT setval(pg_get_serial_sequence(?, 'id'), ?)", [name, last]);
    } else {
      await to.db("sqlite_sequence").where({ name }).delete();
      await to.db("sqlite_sequence").insert({ name, seq: last });
    }
  }
}

async function sqliteLast({ db }: End, name: string): Promise<number | undefined> {
  const row = await db("sqlite_sequence").where({ name }).first<{ seq: number } | undefined>("seq");
  return row?.seq;
}

async function postgresLast({ db }: End, name: string): Promise<number | undefined> {
  const [row] = rowsOf<{ last: number | null }>(
    await db.raw(
      "SELECT pg_sequence_last_value(pg_get_serial_sequence(?, 'id')::regclass) AS last",
      [name],
    ),
  );
  return row?.last ?? undefined;
}

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
}

/** Virtual tables and their shadows are indexes, which follow by triggers. */
async function sqliteColumns(knex: Queryable): Promise<Column[]> {
  return rowsOf<Column>(
    await knex.raw(
      `SELECT t.name AS "table", c.name AS "column", lower(c.type) AS type
       FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c
       WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND c.hidden = 0`,
    ),
  );
}

async function postgresColumns(knex: Queryable): Promise<Column[]> {
  return rowsOf<Column>(
    await knex.raw(
      `SELECT table_name AS "table", column_name AS "column", data_type AS type
       FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
       WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'`,
    ),
  );
}

const sqliteReferences = `SELECT m.name AS child, f."table" AS parent
  FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'`;
const postgresReferences = `SELECT child.relname AS child, parent.relname AS parent FROM pg_constraint
  JOIN pg_class AS child ON child.oid = conrelid JOIN pg_class AS parent ON parent.oid = confrelid
  WHERE contype = 'f'`;

/** Each behind those it refers to; a table that refers to itself waits for nobody. */
function inOrder(
  names: readonly string[],
  edges: readonly { readonly child: string; readonly parent: string }[],
): string[] {
  const ordered: string[] = [];
  const place = (name: string) => {
    if (ordered.includes(name) || !names.includes(name)) return;
    for (const { child, parent } of edges) if (child === name && parent !== name) place(parent);
    ordered.push(name);
  };
  names.forEach(place);
  return ordered;
}

/** knex gives the rows of a raw statement as each driver does. */
function rowsOf<Row>(answer: unknown): Row[] {
  return Array.isArray(answer) ? (answer as Row[]) : (answer as { rows: Row[] }).rows;
}
