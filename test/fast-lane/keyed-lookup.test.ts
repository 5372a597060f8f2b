import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type KeyedLookup, keyedLookup } from "../../src/fast-lane/keyed-lookup.ts";
import { type Database, databaseFault, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

interface Note {
  readonly key: string;
  readonly at: number;
}

const sharing = (ask: (keys: readonly string[]) => Promise<{ readonly key: string }[]>) =>
  keyedLookup({ ask, isOfAll: (fault) => databaseFault(fault) !== undefined });

describe.each(databases)("a look-up by one key on $name", (kind) => {
  let home: TestDatabase;
  let database: Database;
  let find: KeyedLookup<Note>;

  beforeAll(async () => {
    home = await kind.create(migrated);
    database = openDatabase(home.url);
    await database.knex.schema.createTable("keyed_notes", (table) => {
      table.text("name").notNullable().index();
      table.bigInteger("at").notNullable();
    });
    find = database.keyedLookup<Note>(
      "notes-by-name",
      "SELECT name AS key, at FROM keyed_notes WHERE name IN (:keys) ORDER BY at",
    );
  });
  beforeEach(async () => {
    await database.knex("keyed_notes").delete();
  });
  afterAll(async () => {
    await database.close();
    await home.drop();
  });

  const write = (name: string, ...instants: number[]) =>
    database.knex("keyed_notes").insert(instants.map((at) => ({ name, at })));

  it("finds the rows of its key in their order, and none for another", async () => {
    await write("a", 3, 1, 4_102_444_800);
    await write("b", 2);
    expect((await find("a")).map(({ at }) => at)).toEqual([1, 3, 4_102_444_800]);
    expect(await find("absent")).toEqual([]);
  });

  it("gives each of many at once its own rows", async () => {
    for (let index = 0; index < 20; index += 1) await write(`n${index}`, index, index + 100);
    const asked = Array.from({ length: 200 }, (_, call) => call % 25);
    const found = await Promise.all(asked.map((index) => find(`n${index}`)));
    expect(found.map((rows) => rows.map(({ at }) => at))).toEqual(
      asked.map((index) => (index < 20 ? [index, index + 100] : [])),
    );
  });

  it("sees at once what was just written, also while others are asking", async () => {
    const others = Array.from({ length: 50 }, () => find("b"));
    for (let at = 1; at <= 20; at += 1) {
      await write("a", at);
      expect((await find("a")).at(-1)).toEqual({ key: "a", at });
    }
    await Promise.all(others);
  });

  it("takes its keys as values, whatever they hold", async () => {
    await write("a", 1);
    const strange = ["a' OR '1'='1", '"', "]", ",", "\\", "é\u202E", "{a}", "NULL", ""];
    const found = await Promise.all(strange.map((name) => find(name)));
    expect(found).toEqual(strange.map(() => []));
  });
});

describe("look-ups by one key at the same time", () => {
  const rowsOf = (keys: readonly string[]) => keys.map((key) => ({ key }));

  it("share one statement, and those that come meanwhile the next", async () => {
    const statements: (readonly string[])[] = [];
    const find = sharing(async (keys) => {
      statements.push(keys);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return rowsOf(keys);
    });
    const first = [find("a"), find("b"), find("a")];
    await new Promise((resolve) => setTimeout(resolve, 2));
    const second = [find("a"), find("c")];
    expect(await Promise.all([...first, ...second])).toEqual(
      ["a", "b", "a", "a", "c"].map((key) => [{ key }]),
    );
    expect(statements).toEqual([
      ["a", "b"],
      ["a", "c"],
    ]);
  });

  it("are never answered with what was read before they were made", async () => {
    let version = 1;
    const find = sharing(async (keys) => {
      const read = version;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return keys.map((key) => ({ key, read }));
    });
    const before = find("a");
    await new Promise((resolve) => setTimeout(resolve, 2));
    version = 2;
    expect(await find("a")).toEqual([{ key: "a", read: 2 }]);
    expect(await before).toEqual([{ key: "a", read: 1 }]);
  });

  it("fail alone when one key is refused, and are tried anew", async () => {
    let isDown = false;
    const find = sharing((keys) =>
      isDown || keys.includes("bad")
        ? Promise.reject(new Error("refused"))
        : Promise.resolve(rowsOf(keys)),
    );
    const results = await Promise.allSettled([find("a"), find("bad"), find("b")]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    isDown = true;
    await expect(find("a")).rejects.toThrow("refused");
    isDown = false;
    expect(await find("a")).toEqual([{ key: "a" }]);
  });
});
