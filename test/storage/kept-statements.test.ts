import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sqlite3 from "sqlite3";
import { keepStatements } from "../../src/storage/kept-statements.ts";

type Rows = Record<string, unknown>[];

describe("a connection that keeps its statements", () => {
  let folder: string;
  let connection: sqlite3.Database;
  let other: sqlite3.Database;
  let prepared: jest.SpiedFunction<sqlite3.Database["prepare"]>;

  const open = (): Promise<sqlite3.Database> =>
    new Promise((resolve, reject) => {
      const database = new sqlite3.Database(join(folder, "kept.sqlite3"), (error) =>
        error ? reject(error) : resolve(database),
      );
    });
  const close = (database: sqlite3.Database) =>
    new Promise<Error | null>((resolve) => database.close(resolve));
  const exec = (database: sqlite3.Database, sql: string) =>
    new Promise<void>((resolve, reject) => {
      database.exec(sql, (error) => (error ? reject(error) : resolve()));
    });
  const all = (sql: string, ...values: unknown[]) =>
    new Promise<Rows>((resolve, reject) => {
      connection.all<Rows[number]>(sql, values, (error, rows) =>
        error ? reject(error) : resolve(rows),
      );
    });
  const run = (sql: string, ...values: unknown[]) =>
    new Promise<{ lastID: number; changes: number }>((resolve, reject) => {
      connection.run(sql, values, function (error) {
        if (error) reject(error);
        else resolve({ lastID: this.lastID, changes: this.changes });
      });
    });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kept-statements-"));
    [connection, other] = [await open(), await open()];
    await exec(other, "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, n INT)");
    prepared = jest.spyOn(connection, "prepare");
    keepStatements(connection);
  });
  afterEach(async () => {
    await close(connection);
    await close(other);
    rmSync(folder, { recursive: true });
  });

  it("prepares a text once, and gives each call its own answer", async () => {
    const insert = "INSERT INTO t (n) VALUES (?)";
    expect(await Promise.all([5, 6, 7].map((n) => run(insert, n)))).toEqual([
      { lastID: 1, changes: 1 },
      { lastID: 2, changes: 1 },
      { lastID: 3, changes: 1 },
    ]);
    const found = await Promise.all([2, 1, 9].map((id) => all("SELECT n FROM t WHERE id = ?", id)));
    expect(found).toEqual([[{ n: 6 }], [{ n: 5 }], []]);
    expect(prepared).toHaveBeenCalledTimes(2);
  });

  it("says what is wrong with a text to everybody who asks it, and asks anew", async () => {
    const wrong = () =>
      all("SELECT n FROM nowhere").catch((error: unknown) => (error as Error).message);
    const told = await Promise.all([wrong(), wrong()]);
    expect(told).toEqual(Array(2).fill("SQLITE_ERROR: no such table: nowhere"));
    await exec(other, "CREATE TABLE nowhere (n INT)");
    expect(await wrong()).toEqual([]);
  });

  it("sees what another connection makes of the tables", async () => {
    const ask = () => all("SELECT * FROM t");
    await run("INSERT INTO t (n) VALUES (?)", 1);
    expect(await ask()).toEqual([{ id: 1, n: 1 }]);
    await exec(other, "ALTER TABLE t ADD COLUMN more TEXT DEFAULT 'm'");
    expect(await ask()).toEqual([{ id: 1, n: 1, more: "m" }]);
  });

  it("holds nothing after a statement that failed", async () => {
    const insert = "INSERT INTO t (id, n) VALUES (?, ?)";
    await run(insert, 1, 1);
    await expect(run(insert, 1, 2)).rejects.toThrow("SQLITE_CONSTRAINT");
    // Who waits for the lock of writers in vain would hold what it read until it is run anew.
    await exec(other, "BEGIN IMMEDIATE");
    await exec(connection, "PRAGMA busy_timeout = 0");
    await expect(run(insert, 3, 3)).rejects.toThrow("SQLITE_BUSY");
    await exec(other, "INSERT INTO t (id, n) VALUES (2, 2); COMMIT");
    expect(await all("SELECT count(*) AS rows FROM t")).toEqual([{ rows: 2 }]);
    const checkpoint = new Promise<Rows>((resolve, reject) => {
      other.all<Rows[number]>("PRAGMA wal_checkpoint(TRUNCATE)", (error, rows) =>
        error ? reject(error) : resolve(rows),
      );
    });
    expect(await checkpoint).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
  });

  it("gives a statement back once, though several callers of it fail", async () => {
    const insert = "INSERT INTO t (id) VALUES (?)";
    await run(insert, 1);
    const statement = prepared.mock.results[0]?.value as sqlite3.Statement;
    // What is said of a statement to nobody would end the process.
    const said: unknown[] = [];
    statement.on("error", (error: unknown) => said.push(error));
    const ended = await Promise.allSettled([run(insert, 1), run(insert, 1), run(insert, 2)]);
    expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
    expect(await all("SELECT id FROM t")).toEqual([{ id: 1 }, { id: 2 }]);
    expect(said).toEqual([]);
  });

  it("keeps two hundred, those that were used last", async () => {
    const nth = (n: number) => all(`SELECT ${String(n)} AS n`);
    for (let n = 0; n < 200; n++) await nth(n);
    await nth(0);
    await nth(200);
    expect(prepared).toHaveBeenCalledTimes(201);
    await nth(0);
    expect(prepared).toHaveBeenCalledTimes(201);
    await nth(1);
    expect(prepared).toHaveBeenCalledTimes(202);
  });

  it("keeps no long list", async () => {
    const list = (length: number) =>
      `SELECT n FROM t WHERE id IN (${Array(length).fill("?").join()})`;
    for (const length of [900, 2000]) {
      await run("INSERT INTO t (id, n) VALUES (?, ?)", length, length);
      expect(await all(list(length), ...Array<number>(length).fill(length))).toEqual([
        { n: length },
      ]);
    }
    expect(prepared).toHaveBeenCalledTimes(2);
  });

  it("leaves changes of the schema alone, and closes whatever it keeps", async () => {
    await all("SELECT n FROM t");
    await run("CREATE TABLE further (n INT)");
    await run("DROP TABLE t");
    const calls = prepared.mock.calls.map(([sql]) => sql);
    expect(calls).toEqual(["SELECT n FROM t"]);
    expect(await close(connection)).toBeNull();
    connection = await open();
  });
});
