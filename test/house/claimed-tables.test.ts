import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { artifactsPath } from "../../src/artifacts/index.ts";
import { databases } from "../support/databases.ts";
import { eventNames } from "../support/event-names.ts";
import { type TestHouse, openHouse } from "../support/house.ts";

/** What stands in a database beside what we migrate. */
const notOurs = new Set(["sqlite_sequence"]);

/**
 * The house's promise about personal data: nobody adds a table, or a column, without saying whether it tells of a
 * person, and what becomes of that (export, erasure, purge) or why nothing does.
 */
describe.each(databases)("what the rooms claim, on $name", (kind) => {
  let house: TestHouse;

  beforeAll(async () => {
    house = await openHouse(kind);
  });
  afterAll(async () => {
    await house.drop();
  });

  const claims = () => house.application.rooms.flatMap(({ tables }) => tables);

  /** Columns by table, as the databases have them. */
  async function schema(): Promise<Map<string, string[]>> {
    const { dialect, knex } = house.application.database;
    const tables = new Map<string, string[]>();
    if (dialect === "postgres") {
      const rows = await knex("information_schema.columns")
        .whereRaw("table_schema = current_schema()")
        .select<{ table_name: string; column_name: string }[]>("table_name", "column_name");
      for (const { table_name: table, column_name: column } of rows) {
        tables.set(table, [...(tables.get(table) ?? []), column]);
      }
      return tables;
    }
    const artifacts = new DatabaseSync(artifactsPath(house.application.settings.databaseUrl), {
      readOnly: true,
    });
    const named = "SELECT name FROM sqlite_master WHERE type = 'table'";
    for (const { name } of artifacts.prepare(named).all() as { name: string }[]) {
      const columns = artifacts.prepare(`PRAGMA table_info(${name})`).all() as { name: string }[];
      tables.set(
        name,
        columns.map((column) => column.name),
      );
    }
    artifacts.close();
    for (const { name } of await knex.raw<{ name: string }[]>(named)) {
      const columns = await knex.raw<{ name: string }[]>(`PRAGMA table_info(${name})`);
      tables.set(
        name,
        columns.map((column) => column.name),
      );
    }
    return tables;
  }

  it("is every table of the schema, each by one room", async () => {
    const claimed = claims().map(({ table }) => table);
    expect(new Set(claimed).size).toBe(claimed.length);
    const unclaimed = [...(await schema()).keys()].filter(
      (table) => !notOurs.has(table) && !claimed.includes(table),
    );
    expect(unclaimed).toEqual([]);
  });

  it("is every column of a table, as personal or not", async () => {
    const tables = await schema();
    const wrong = claims().flatMap(({ table, personal, impersonal }) => {
      const said = [...personal, ...impersonal];
      const twice = said.filter((column, place) => said.indexOf(column) !== place);
      const unsaid = (tables.get(table) ?? []).filter((column) => !said.includes(column));
      return [...twice, ...unsaid].map((column) => `${table}.${column}`);
    });
    expect(wrong).toEqual([]);
  });

  it("gives what is personal to its person, erases it and purges it, or says why not", () => {
    const silent = claims().flatMap(({ table, export: own, erase, purge }) =>
      [own, erase, purge].flatMap((what) =>
        "because" in what && what.because.trim().length < 10 ? [table] : [],
      ),
    );
    expect(silent).toEqual([]);
    const exports = claims().flatMap(({ export: own }) => ("as" in own ? [own.as] : []));
    expect(new Set(exports).size).toBe(exports.length);
    const contract = readFileSync("docs/contract.md", "utf8");
    const [, promised = ""] =
      /`\/account\/data` is a JSON document; its parts: ([^.]+)\./.exec(contract) ?? [];
    expect([...promised.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual(
      exports.sort(),
    );
  });
});

describe("what the rooms claim", () => {
  const [sqlite] = databases;
  let house: TestHouse;

  beforeAll(async () => {
    if (!sqlite) throw new Error("no database is at hand");
    house = await openHouse(sqlite);
  });
  afterAll(async () => {
    await house.drop();
  });

  it("is every security event, each by one room", () => {
    const claimed = house.application.eventNames();
    expect(new Set(claimed).size).toBe(claimed.length);
    expect(claimed.length).toBeGreaterThan(50);
    expect([...claimed].sort()).toEqual([...eventNames].sort());
  });

  it("is every letter, each by one room", () => {
    const claimed = house.application.rooms.flatMap(({ letters }) => letters);
    const folder = join(house.application.viewsFolder, "mail");
    const templates = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /^(?!partials).+\/.+\.txt\.ejs$/.test(name))
      .map((name) => name.replace(".txt.ejs", ""));
    expect([...claimed].sort()).toEqual(templates.sort());
  });

  it("is jobs of different names", () => {
    const names = house.application.jobs().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
