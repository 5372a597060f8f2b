import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { SecurityEvent } from "../../src/operations/index.ts";
import { endRefused } from "../../src/signals/refused-events.ts";
import type { Stream } from "../../src/signals/stream.ts";
import { WaitingStore } from "../../src/signals/waiting-store.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

describe.each(databases)("an event that its receiver refuses, on $name", ({ create }) => {
  let home: TestDatabase;
  let database: Database;
  let waiting: WaitingStore;
  let told: SecurityEvent[];
  const stream = { id: "a stream", clientId: "receiver" } as Stream;
  const details = { signal: "session-revoked", error: "invalid_audience" };

  beforeEach(async () => {
    home = await create(migrated);
    database = openDatabase(home.url);
    waiting = new WaitingStore(database.knex);
    told = [];
    const event = { id: "an event", streamId: stream.id, mark: undefined, name: "session-revoked" };
    await waiting.insert({ ...event, sequence: 1, encryptedEvent: "v1.sealed", createdAt: 1 });
  });
  afterEach(async () => {
    await database.close();
    await home.drop();
  });

  const end = (isRecorded = true) =>
    endRefused(
      {
        ...{ database, waiting },
        recordWithin: (_, event) =>
          isRecorded
            ? Promise.resolve(() => Promise.resolve(void told.push(event)))
            : Promise.reject(new Error("the chain cannot be reached")),
      },
      stream,
      { id: "an event" },
      details,
    );

  it("waits no more, and is recorded, once", async () => {
    expect(await Promise.all([end(), end()])).toEqual(expect.arrayContaining([true, false]));
    expect(await waiting.next(stream.id, 10, false)).toEqual([]);
    expect(told).toEqual([
      {
        ...{ name: "signal-failed", outcome: "refused", reason: "refused-for-good" },
        ...{ clientId: "receiver", details },
      },
    ]);
  });

  it("goes on waiting where that cannot be recorded", async () => {
    await expect(end(false)).rejects.toThrow("the chain cannot be reached");
    expect(await waiting.next(stream.id, 10, false)).toMatchObject([{ id: "an event" }]);
    expect(told).toEqual([]);
  });
});
