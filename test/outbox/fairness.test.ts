import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type Outcome,
  accepted,
  createEncryption,
  refused,
  silentTelemetry,
  systemRandom,
} from "../../src/foundation/index.ts";
import { NodeState, silentLogger } from "../../src/operations/index.ts";
import { type DeliveryReason, type Outbox, openOutbox } from "../../src/outbox/index.ts";
import type { Purge } from "../../src/house/index.ts";
import { longestWaitSeconds } from "../../src/outbox/waited-too-long.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";

type Delivered = Outcome<undefined, DeliveryReason>;
type Answer = () => Delivered | Promise<Delivered>;

const taken: Answer = () => accepted(undefined);
const failing: Answer = () => refused({ reason: "not-delivered", details: { cause: "HTTP 500" } });

describe.each(databases)("an outbox to several destinations on $name", ({ create }) => {
  let home: TestDatabase;
  let database: Database;
  let outbox: Outbox;
  let now: number;
  /** What was tried, in order. */
  let tried: string[];
  let answers: Record<string, Answer>;
  let givenUp: number;
  let giveUpOld: Purge | undefined;

  beforeEach(async () => {
    home = await create(migrated);
    database = openDatabase(home.url);
    [now, tried, answers, givenUp] = [1_800_000_000, [], {}, 0];
    const { acts, byClock } = openOutbox({
      ground: {
        node: new NodeState(),
        database,
        encryption: createEncryption([systemRandom.bytes(32)], systemRandom),
        clock: { epochMilliseconds: () => now * 1000, epochSeconds: () => now },
        random: { ...systemRandom, jitter: () => 0 },
        logger: silentLogger,
        telemetry: silentTelemetry,
      },
      recordSoon: () => Promise.resolve(() => Promise.resolve()),
      recordWithin: () => Promise.resolve(() => Promise.resolve(void (givenUp += 1))),
    });
    [giveUpOld] = byClock;
    outbox = acts.openChannel({
      of: "tests",
      channel: "test",
      courier: {
        parallelSends: 4,
        parallelSendsADestination: 2,
        inOrder: true,
        deliver: async (content) => {
          const { to, text } = content as { readonly to: string; readonly text: string };
          tried.push(text);
          return (answers[to] ?? taken)();
        },
        givenUp: () => ({ name: "mail-failed" }),
        close: () => undefined,
      },
    });
  });
  afterEach(async () => {
    await outbox.stop(0);
    await database.close();
    await home.drop();
  });

  const add = (to: string, text: string, accountSub?: string) =>
    database.transaction((transaction) =>
      outbox.add(transaction, { name: "n", content: { to, text }, destination: to, accountSub }),
    );
  const send = async () => {
    outbox.wake();
    await outbox.idle();
  };

  it("leaves senders for the others while one hangs, and goes on there when it answers", async () => {
    const release = Promise.withResolvers<Delivered>();
    answers = { slow: () => release.promise };
    for (let count = 0; count < 6; count += 1) await add("slow", `slow ${count}`);
    for (let count = 0; count < 6; count += 1) await add("healthy", `healthy ${count}`);
    outbox.wake();
    const isTried = (to: string) => tried.filter((text) => text.startsWith(to)).length;
    await waitFor("the healthy one to have all", () => isTried("healthy") === 6);
    expect(isTried("slow")).toBe(2);
    release.resolve(accepted(undefined));
    await outbox.idle();
    expect(isTried("slow")).toBe(6);
  });

  it("tries one that failed three times by one entry a minute, until it answers", async () => {
    answers = { broken: failing };
    for (let count = 0; count < 10; count += 1) await add("broken", `broken ${count}`);
    await send();
    // Two at once; the third failure may meet one that was under way.
    const first = tried.length;
    expect([3, 4]).toContain(first);
    await send();
    expect(tried).toHaveLength(first);
    now += 61;
    await send();
    expect(tried).toHaveLength(first + 1);
    now += 61;
    answers = {};
    await send();
    await send();
    expect(await database.knex("outbox").where({ state: "waiting" })).toEqual([]);
  });

  it("leaves senders for the others while many hang that failed before", async () => {
    const many = ["one", "two", "three", "four", "five"];
    answers = Object.fromEntries(many.map((to) => [to, failing]));
    for (const to of many) for (let count = 0; count < 6; count += 1) await add(to, to);
    await send();
    const release = Promise.withResolvers<Delivered>();
    answers = Object.fromEntries(many.map((to) => [to, () => release.promise]));
    tried = [];
    now += 61;
    await add("healthy", "healthy");
    outbox.wake();
    await waitFor("the healthy one to have its own", () => tried.includes("healthy"), 10).finally(
      () => release.resolve(accepted(undefined)),
    );
    await outbox.idle();
    expect(tried).toContain("healthy");
  });

  it("brings what is about one account in its order, whatever is tried again", async () => {
    answers = { here: failing };
    await add("here", "opened", "jeanne");
    await add("here", "closed", "jeanne");
    await add("here", "another's", "paul");
    await send();
    expect(tried.sort()).toEqual(["another's", "opened"]);
    answers = {};
    now += 60;
    await send();
    await send();
    expect(tried.slice(2).filter((text) => text !== "another's")).toEqual(["opened", "closed"]);
  });

  it("gives up what waited for three days behind one that fails", async () => {
    answers = { broken: failing };
    for (let count = 0; count < 10; count += 1) await add("broken", `broken ${count}`);
    await send();
    now += longestWaitSeconds + 1;
    await send();
    // Not by a sender, which would believe a clock that has jumped.
    expect(givenUp).toBe(0);
    expect(await giveUpOld?.share?.count()).toEqual({ going: 10, all: 10 });
    expect(await giveUpOld?.run()).toBe(9);
    expect(await giveUpOld?.run()).toBe(0);
    // The one that was tried ends by its tries.
    expect(givenUp).toBe(9);
    expect(await database.knex("outbox").whereNotNull("destination")).toHaveLength(1);
  });
});
