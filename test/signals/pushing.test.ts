import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createEncryption, systemRandom } from "../../src/foundation/index.ts";
import { pushCourier } from "../../src/signals/pushing.ts";
import { type Stream, pushPlace } from "../../src/signals/stream.ts";
import { StreamStore } from "../../src/signals/stream-store.ts";
import { WaitingStore } from "../../src/signals/waiting-store.ts";
import { openDatabase } from "../../src/storage/index.ts";
import { databases, migrated } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";

const streamId = "a-stream";

describe("pushes about one person, whom the outbox is not told", () => {
  /** The identifiers of the events that wait, and of those that were sent. */
  let waiting: string[];
  let sent: string[];
  const encryption = createEncryption([systemRandom.bytes(32)], systemRandom);

  beforeEach(() => {
    [waiting, sent] = [["one", "two", "three", "four"], []];
  });

  const node = () => {
    const push = JSON.stringify({ endpointUrl: "https://receiver.test" });
    const encryptedPush = encryption.encrypt(push, pushPlace(streamId));
    const stream = { id: streamId, status: "enabled", encryptedPush } as Stream;
    const streams: Pick<StreamStore, "find"> = { find: () => Promise.resolve(stream) };
    const store = {
      oldest: () => Promise.resolve(waiting[0] === undefined ? undefined : { id: waiting[0] }),
      remove: (_streamId: string, [id]: readonly string[]) => {
        const before = waiting.length;
        waiting = waiting.filter((each) => each !== id);
        return Promise.resolve(before - waiting.length);
      },
    };
    return pushCourier({
      streams: streams as StreamStore,
      waiting: store as unknown as WaitingStore,
      encryption,
      makeToken: (_stream, { id }) => Promise.resolve(id),
      callClient: async (_url, options) => {
        sent.push(options?.body as string);
        for (let turns = 0; turns < 5; turns += 1) await turn();
        return new Response(undefined, { status: 202 });
      },
      isServed: () => true,
      // Nothing is refused here: delivery.test.ts, refused-events.test.ts.
      database: { transaction: () => Promise.reject(new Error("nothing is refused")) },
      recordWithin: () => Promise.resolve(() => Promise.resolve()),
    });
  };
  const nudged = ({ deliver }: ReturnType<typeof node>) =>
    deliver({ streamId, mark: "a person" }, { sequence: undefined, createdAt: 0 }, () => undefined);

  it("go one after the other, each once", async () => {
    const here = node();
    await Promise.all([here, here, here, here].map(nudged));
    expect([waiting, sent]).toEqual([[], ["one", "two", "three", "four"]]);
  });

  it("have each the whole of the receiver's time, whatever the one before it took", async () => {
    const timeout = jest.spyOn(AbortSignal, "timeout");
    const here = node();
    const both = [here, here].map(nudged);
    await turn();
    expect([timeout.mock.calls.length, sent]).toEqual([1, ["one"]]);
    await Promise.all(both);
    expect(timeout.mock.calls).toEqual([[15_000], [15_000]]);
    timeout.mockRestore();
  });

  it("leave none to wait when another node sends the same", async () => {
    const [here, there] = [node(), node()];
    await Promise.all([here, there].map(nudged));
    await Promise.all([here, there].map(nudged));
    expect(waiting).toEqual([]);
    expect([...new Set(sent)]).toEqual(["one", "two", "three", "four"]);
  });
});

for (const kind of databases.filter(({ name }) => name === "PostgreSQL")) {
  it("what comes while a stream is resumed is pushed behind that, on PostgreSQL", async () => {
    const home = await kind.create(migrated);
    const database = openDatabase(home.url);
    const [streams, waiting] = [new StreamStore(database.knex), new WaitingStore(database.knex)];
    const encryption = createEncryption([systemRandom.bytes(32)], systemRandom);
    const push = JSON.stringify({ endpointUrl: "https://receiver.test" });
    const stream: Stream = {
      ...{ id: streamId, clientId: "portal", status: "paused", statusBy: "receiver" },
      ...{ reason: undefined, eventsRequested: [], description: undefined, createdAt: 0 },
      encryptedPush: encryption.encrypt(push, pushPlace(streamId)),
    };
    await streams.insert(stream, 1);
    const sent: unknown[] = [];
    const { deliver } = pushCourier({
      ...{ database, streams, waiting, encryption, isServed: () => true },
      makeToken: (_stream, { id }) => Promise.resolve(id),
      callClient: (_url, options) => {
        sent.push(options?.body);
        return Promise.resolve(new Response(undefined, { status: 202 }));
      },
      recordWithin: () => Promise.resolve(() => Promise.resolve()),
    });
    const [listed, commit] = [
      Promise.withResolvers<undefined>(),
      Promise.withResolvers<undefined>(),
    ];
    const resuming = database.transaction(async (transaction) => {
      const change = { status: "enabled", by: "receiver", reason: undefined } as const;
      await streams.within(transaction).setStatus(streamId, change);
      expect(await waiting.within(transaction).list(streamId)).toEqual([]);
      listed.resolve(undefined);
      await commit.promise;
    });
    await listed.promise;
    const event = { streamId, mark: "a person", name: "session-revoked", encryptedEvent: "sealed" };
    await waiting.insert({ id: "late", ...event, sequence: 1, createdAt: 0 });
    const nudge = { streamId, mark: "a person" };
    const delivered = deliver(nudge, { sequence: undefined, createdAt: 0 }, () => undefined);
    await waitFor("the push to be judged", async () => {
      const { rows } = await database.knex.raw<{ rows: unknown[] }>(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows.length > 0;
    });
    commit.resolve(undefined);
    await resuming;
    expect(await delivered).toMatchObject({ accepted: true });
    expect([sent, await waiting.counts()]).toEqual([["late"], new Map()]);
    await database.close();
    await home.drop();
  });
}
