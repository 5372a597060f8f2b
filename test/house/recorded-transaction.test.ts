import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type RecordSoon, recordedTransaction } from "../../src/house/index.ts";
import type { SecurityEvent } from "../../src/operations/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases } from "../support/databases.ts";

const event = { name: "profile-changed", outcome: "accepted" } as const;

describe.each(databases)("an act and its events in one transaction, on $name", ({ create }) => {
  let testDatabase: TestDatabase;
  let database: Database;
  const placed: { events: readonly SecurityEvent[]; acts: number }[] = [];

  beforeAll(async () => {
    testDatabase = await create();
    database = openDatabase(testDatabase.url);
    await database.knex.schema.createTable("acts", (table) => table.integer("act"));
  });
  beforeEach(async () => {
    placed.length = 0;
    await database.knex("acts").delete();
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });

  const count = () => database.knex("acts").then((rows) => rows.length);
  const recordSoon: RecordSoon = (_, events) =>
    Promise.resolve(async () => void placed.push({ events, acts: await count() }));
  const away: RecordSoon = () => Promise.reject(new Error("away"));
  const act = (record: RecordSoon, events: readonly SecurityEvent[], fault?: Error) =>
    recordedTransaction({ database, recordSoon: record }, async (transaction, tell) => {
      await transaction("acts").insert({ act: 1 });
      for (const each of events) tell(each);
      if (fault) throw fault;
      return "done";
    });

  it("gives its events their place once the act is written", async () => {
    expect(await act(recordSoon, [event, event])).toBe("done");
    expect(placed).toEqual([{ events: [event, event], acts: 1 }]);
  });

  it("records nothing where nothing is told", async () => {
    expect(await act(away, [])).toBe("done");
    expect([await count(), placed]).toEqual([1, []]);
  });

  it("writes nothing where the event cannot be written, or the act fails", async () => {
    await expect(act(away, [event])).rejects.toThrow("away");
    await expect(act(recordSoon, [event], new Error("undone"))).rejects.toThrow("undone");
    expect([await count(), placed]).toEqual([0, []]);
  });
});
