import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { hours } from "../../src/foundation/index.ts";
import { AudienceStore } from "../../src/signals/audience-store.ts";
import type { Stream } from "../../src/signals/stream.ts";
import { StreamStore } from "../../src/signals/stream-store.ts";
import { signalTables } from "../../src/signals/tables.ts";
import { WaitingStore } from "../../src/signals/waiting-store.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

describe.each(databases)("the streams of clients, on $name", (kind) => {
  let home: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    home = await kind.create(migrated);
    database = openDatabase(home.url);
  });
  afterEach(async () => {
    await database.close();
    await home.drop();
  });

  /** A node that knows some clients, with a stream of the client `newer`. */
  async function node(known: Set<string>) {
    const streams = new StreamStore(database.knex);
    const clock = { now: 1_800_000_000 };
    const stream: Stream = {
      ...{ id: "stream-1", clientId: "newer", createdAt: clock.now, reason: undefined },
      ...({ status: "enabled", statusBy: "receiver", eventsRequested: [] } as const),
      ...{ description: undefined, encryptedPush: undefined },
    };
    await streams.insert(stream, 1);
    const tables = signalTables({
      streams,
      waiting: new WaitingStore(database.knex),
      audiences: new AudienceStore(database.knex),
      clock: { epochSeconds: () => clock.now, epochMilliseconds: () => clock.now * 1000 },
      isKnown: (clientId) => known.has(clientId),
      acts: {
        remove: (_clientId, id) => streams.remove(id),
        setStatus: () => Promise.reject(new Error("no status is set")),
      },
    });
    const [{ purge } = { purge: [] }] = tables;
    const purged = async () => {
      for (const { run } of "because" in purge ? [] : purge) await run();
      return (await streams.list()).length === 0;
    };
    return { clock, purged };
  }

  it("go when nobody has known the client for twelve hours, for a node of a newer declaration may", async () => {
    const { clock, purged } = await node(new Set());
    expect(await purged()).toBe(false);
    clock.now += hours(11);
    expect(await purged()).toBe(false);
    clock.now += hours(1);
    expect(await purged()).toBe(true);
  });

  it("stay where the client is known again meanwhile", async () => {
    const known = new Set<string>();
    const { clock, purged } = await node(known);
    await purged();
    clock.now += hours(11);
    known.add("newer");
    await purged();
    known.clear();
    clock.now += hours(2);
    expect(await purged()).toBe(false);
  });
});
