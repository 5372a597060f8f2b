import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type Database,
  migrate,
  openDatabase,
  pendingMigrations,
} from "../../src/storage/index.ts";
import { type TestDatabase, databases } from "../support/databases.ts";

const directory = fileURLToPath(new URL("../../migrations", import.meta.url));
const all = readdirSync(directory).sort();

describe.each(databases)("the migrations on $name", (kind) => {
  let home: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    home = await kind.create();
    database = openDatabase(home.url);
  });
  afterEach(async () => {
    await database.close();
    await home.drop();
  });

  it("are numbered without a gap", () => {
    expect(all.map((name) => Number(name.slice(0, 3)))).toEqual(all.map((_, index) => index + 1));
  });

  it("are all pending on an empty database, then all applied, once", async () => {
    expect(await pendingMigrations(database)).toEqual(all);
    expect((await migrate(database)).map(fileName)).toEqual(all);
    expect(await pendingMigrations(database)).toEqual([]);
    expect(await migrate(database)).toEqual([]);
  });

  it("go down to nothing and up again to the same tables", async () => {
    await migrate(database);
    const tables = await schemaOf(database);
    expect(tables.length).toBeGreaterThan(50);
    const settings = { directory, loadExtensions: [".ts"], tableName: "migrations" };
    await database.knex.migrate.rollback(settings, true);
    expect(await schemaOf(database)).toEqual([]);
    await migrate(database);
    expect(await schemaOf(database)).toEqual(tables);
  });

  it("are applied once when two nodes start at the same moment, and neither fails for good", async () => {
    const other = openDatabase(home.url);
    // The one that finds the lock held may be refused; it starts again, as a supervisor would.
    const outcomes = await Promise.allSettled([migrate(database), migrate(other)]);
    expect(outcomes.some(({ status }) => status === "fulfilled")).toBe(true);
    const applied = [await migrate(database), await migrate(other)];
    await other.close();
    expect(applied).toEqual([[], []]);
    expect(await pendingMigrations(database)).toEqual([]);
  });
});

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Every column of ours with its type, in order: what an application can tell of a schema. */
async function schemaOf(database: Database): Promise<string[]> {
  const columns =
    database.dialect === "sqlite"
      ? await database.knex
          .from(database.knex.raw("sqlite_master AS m, pragma_table_info(m.name) AS c"))
          .where("m.type", "table")
          .select<Column[]>("m.name AS table", "c.name AS column", "c.type AS type")
      : await database
          .knex("information_schema.columns")
          .whereRaw("table_schema = current_schema()")
          .select<Column[]>("table_name AS table", "column_name AS column", "data_type AS type");
  return columns
    .filter(({ table }) => !/^(migrations|sqlite_)/.test(table))
    .map(({ table, column, type }) => `${table}.${column} ${type}`)
    .sort();
}

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
}
