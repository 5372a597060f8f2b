import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type Database,
  type Lookup,
  databaseFault,
  hotStatement,
  openDatabase,
} from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

interface Note {
  readonly name: string;
  readonly at: number;
}

describe.each(databases)("a prepared look-up on $name", (kind) => {
  let home: TestDatabase;
  let database: Database;
  let find: Lookup<Note>;

  beforeAll(async () => {
    home = await kind.create(migrated);
    database = openDatabase(home.url);
    await database.knex.schema.createTable("notes", (table) => {
      table.text("name").notNullable();
      table.bigInteger("at").notNullable();
    });
    find = database.lookup<Note>(
      "note-by-name-and-time",
      "SELECT name, at FROM notes WHERE name = ? AND at >= ? ORDER BY at",
    );
  });
  beforeEach(async () => {
    await database.knex("notes").delete();
  });
  afterAll(async () => {
    await database.close();
    await home.drop();
  });

  it("finds the rows of its keys, and none for others", async () => {
    const notes = [1, 2, 4_102_444_800].map((at) => ({ name: "a", at }));
    await database.knex("notes").insert([...notes, { name: "b", at: 3 }]);
    expect(await find("a", 2)).toEqual(notes.slice(1));
    expect(await find("absent", 0)).toEqual([]);
  });

  it("sees at once what was just written", async () => {
    for (let at = 1; at <= 20; at += 1) {
      await database.knex("notes").insert({ name: "a", at });
      expect(await find("a", at)).toEqual([{ name: "a", at }]);
    }
  });

  it("does not wait for a transaction under way, nor see what is not committed", async () => {
    await database.transaction(async (transaction) => {
      await transaction("notes").insert({ name: "a", at: 1 });
      expect(await find("a", 0)).toEqual([]);
    });
    expect(await find("a", 0)).toEqual([{ name: "a", at: 1 }]);
  });

  it("takes its keys as values, whatever they hold", async () => {
    await database.knex("notes").insert({ name: "a", at: 1 });
    for (const name of ["a' OR '1'='1", "?", "$1", "é\u202E", "a'; DROP TABLE notes; --"]) {
      expect(await find(name, 0)).toEqual([]);
    }
    expect(await find("a", 0)).toHaveLength(1);
  });

  it("is asked many times at once", async () => {
    await database.knex("notes").insert([1, 2, 3].map((at) => ({ name: `n${at}`, at })));
    const found = await Promise.all(
      Array.from({ length: 300 }, (_, index) => find(`n${(index % 3) + 1}`, 0)),
    );
    expect(found.map(([note]) => note?.at)).toEqual(
      Array.from({ length: 300 }, (_, index) => (index % 3) + 1),
    );
  });

  it("that failed is tried anew: a fault of one moment is not for ever", async () => {
    const other = openDatabase(home.url);
    const late = other.lookup<Note>("late", "SELECT name FROM late_notes WHERE name = ?");
    await expect(late("a")).rejects.toThrow(/late_notes/);
    expect(await find("a", 0)).toEqual([]);
    await database.knex.schema.createTable("late_notes", (table) => table.text("name"));
    await database.knex("late_notes").insert({ name: "a" });
    expect(await late("a")).toEqual([{ name: "a" }]);
    await other.close();
  });

  it("is right again once another process has changed a type, in a transaction too", async () => {
    const [one, other] = [1, 2].map((connections) => {
      return openDatabase(home.url, { connections, timeoutSeconds: 20 });
    }) as [Database, Database];
    const sql = "SELECT name, at FROM typed_notes WHERE name = ?";
    const looked = one.lookup<Note>("typed", sql);
    const hot = hotStatement<Note>("hot-typed", sql);
    const within = hotStatement<Note>("within-typed", sql);
    const ways = [
      () => looked("a"),
      () => hot(one.knex, "a"),
      () => one.transaction((transaction) => within(transaction, "a")),
    ];
    const makeTable = (type: "integer" | "bigInteger") =>
      other.knex.schema.dropTableIfExists("typed_notes").createTable("typed_notes", (table) => {
        table.text("name");
        table[type]("at");
      });
    for (const way of ways) {
      await makeTable("integer");
      await other.knex("typed_notes").insert({ name: "a", at: 1 });
      expect(await way()).toEqual([{ name: "a", at: 1 }]);
      await makeTable("bigInteger");
      // PostgreSQL refuses the plan that a connection has, once: it may be tried again.
      expect(databaseFault(await way().catch((fault: unknown) => fault))?.status ?? 503).toBe(503);
      expect(await way()).toEqual([]);
    }
    await one.close();
    await other.close();
  });

  it("that is wrong does not keep the database from being closed", async () => {
    const other = openDatabase(home.url);
    const wrong = other.lookup("wrong", "SELECT name FROM nowhere");
    await expect(wrong()).rejects.toThrow(/nowhere/);
    await other.close();
  });
});
