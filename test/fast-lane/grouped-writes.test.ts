import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type GroupedWrites, groupedWrites } from "../../src/fast-lane/grouped-writes.ts";

/** Nobody else holds a file in memory. */
const noWait = { met: () => undefined, through: () => undefined };

describe("Writes of one turn of the event loop", () => {
  let database: DatabaseSync;
  let groups: GroupedWrites;
  let commits: number[];

  beforeEach(() => {
    database = new DatabaseSync(":memory:");
    // A note of a folder that does not exist is found out at the commit.
    database.exec(`
      CREATE TABLE folders (id INTEGER PRIMARY KEY);
      CREATE TABLE notes (
        text TEXT NOT NULL UNIQUE,
        folder INTEGER REFERENCES folders (id) DEFERRABLE INITIALLY DEFERRED
      );
    `);
    commits = [];
    const committed = (writes: number) => commits.push(writes);
    groups = groupedWrites({ database, committed, patience: noWait });
  });
  afterEach(() => {
    database.close();
  });

  const note = (text: string, folder: number | null = null) => {
    const insert = database.prepare("INSERT INTO notes (text, folder) VALUES (?, ?)");
    return groups.run(() => insert.run(text, folder).changes);
  };
  const notes = () =>
    (database.prepare("SELECT text FROM notes ORDER BY text").all() as { text: string }[]).map(
      ({ text }) => text,
    );

  it("are committed together, and each is told its own result", async () => {
    expect(await Promise.all([note("a"), note("b"), note("c")])).toEqual([1, 1, 1]);
    expect([notes(), commits]).toEqual([["a", "b", "c"], [3]]);
  });

  it("fail alone: the others are committed", async () => {
    const results = await Promise.allSettled([note("a"), note("a"), note("b")]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(notes()).toEqual(["a", "b"]);
  });

  it("are all undone when the commit fails, and the next ones begin anew", async () => {
    const results = await Promise.allSettled([note("a"), note("b", 7)]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect([notes(), commits]).toEqual([[], []]);
    expect(database.isTransaction).toBe(false);
    await Promise.all([note("c"), note("d")]);
    expect(notes()).toEqual(["c", "d"]);
  });

  it("are committed at once when they are flushed", async () => {
    const written = note("a");
    groups.flush();
    expect(notes()).toEqual(["a"]);
    expect(await written).toBe(1);
    groups.flush();
    expect(commits).toEqual([1]);
  });
});
