import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

describe.each(databases)("the register on $name", (kind) => {
  let home: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    home = await kind.create(migrated);
    database = openDatabase(home.url);
    await database.knex.schema.createTable("notes", (table) => {
      table.text("name").primary();
      table.bigInteger("at");
    });
  });
  afterEach(async () => {
    await database.close();
    await home.drop();
  });

  const names = () => database.knex("notes").orderBy("name").pluck<string[]>("name");

  it("says which database it is, and answers a ping", async () => {
    expect(database.dialect).toBe(kind.name === "SQLite" ? "sqlite" : "postgres");
    expect(database.url).toBe(home.url);
    await expect(database.ping()).resolves.toBeUndefined();
  });

  it("writes all of a transaction, and gives its result", async () => {
    const result = await database.transaction(async (transaction) => {
      await transaction("notes").insert({ name: "a", at: 1 });
      await transaction("notes").insert({ name: "b", at: 2 });
      return "done";
    });
    expect(result).toBe("done");
    expect(await names()).toEqual(["a", "b"]);
  });

  it("writes nothing of a transaction that throws, and passes the fault on", async () => {
    const fault = new Error("second thoughts");
    const work = database.transaction(async (transaction) => {
      await transaction("notes").insert({ name: "a" });
      throw fault;
    });
    await expect(work).rejects.toBe(fault);
    expect(await names()).toEqual([]);
  });

  it("runs transactions of one process side by side or in turn, and loses none", async () => {
    await database.knex("notes").insert({ name: "counter", at: 0 });
    await Promise.all(
      Array.from({ length: 20 }, () =>
        database.transaction(async (transaction) => {
          await transaction("notes").increment("at", 1).where({ name: "counter" });
          await pause(1);
        }),
      ),
    );
    const row = await database.knex("notes").first<{ at: number }>("at");
    expect(row.at).toBe(20);
  });

  it("waits for a transaction of another process that reads before it writes, and loses none", async () => {
    const other = openDatabase(home.url);
    await database.knex("notes").insert({ name: "counter", at: 0 });
    const readThenWrite = (each: Database) =>
      each.transaction(async (transaction) => {
        const statement = transaction("notes").where({ name: "counter" });
        if (each.dialect === "postgres") void statement.forUpdate();
        const row = await statement.first<{ at: number }>("at");
        await pause(5);
        await transaction("notes").update({ at: row.at + 1 });
      });
    await Promise.all(
      [database, other, database, other, database, other].map((each) => readThenWrite(each)),
    );
    const row = await database.knex("notes").first<{ at: number }>("at");
    await other.close();
    expect(row.at).toBe(6);
  });

  it("gives counts and big integers as numbers", async () => {
    await database.knex("notes").insert({ name: "a", at: 4_102_444_800 });
    const row = await database.knex("notes").first<{ at: number }>("at");
    const counted = await database.knex("notes").count<{ count: unknown }>({ count: "*" }).first();
    expect([row.at, counted?.count]).toEqual([4_102_444_800, 1]);
  });

  it("holds foreign keys and checks", async () => {
    const browser = { account_sub: "nobody", digest: "d", created_at: 1, last_used_at: 1 };
    await expect(database.knex("known_browsers").insert(browser)).rejects.toThrow(/foreign key/i);
    const key = { kid: "1", alg: "RS256", state: "lost", encrypted_jwk: "", created_at: 1 };
    await expect(database.knex("signing_keys").insert(key)).rejects.toThrow(/signing_keys_state/);
  });

  it("never quotes bound values in the message of an error", async () => {
    const insert = () => database.knex("notes").insert({ name: "jeanne@partenaire.test" });
    await insert();
    const fault = insert();
    await expect(fault).rejects.toThrow(/unique/i);
    await expect(fault).rejects.not.toThrow(/jeanne/);
  });

  it("can be closed at once, and refuses work from then on", async () => {
    const closed = openDatabase(home.url);
    await closed.close();
    await expect(closed.ping()).rejects.toThrow();
  });
});

describe("the register in a file", () => {
  it("makes its folder, writes ahead, and survives the loss of power at any commit", async () => {
    const home = await databases[0]?.create();
    const url = `${home?.url ?? ""}-new/deep/auth.sqlite3`;
    const database = openDatabase(url);
    const pragma = async (name: string): Promise<unknown> => {
      const [row] = await database.knex.raw<object[]>(`PRAGMA ${name}`);
      return Object.values(row ?? {})[0];
    };
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("synchronous")).toBe(2);
    expect(await pragma("foreign_keys")).toBe(1);
    expect(await pragma("busy_timeout")).toBe(10_000);
    expect(existsSync(url.slice("sqlite:".length))).toBe(true);
    await database.close();
    expect(readFileSync(url.slice("sqlite:".length)).subarray(0, 15).toString()).toBe(
      "SQLite format 3",
    );
    await home?.drop();
  });
});
