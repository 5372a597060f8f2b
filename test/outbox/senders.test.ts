import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  accepted,
  createEncryption,
  silentTelemetry,
  systemClock,
  systemRandom,
} from "../../src/foundation/index.ts";
import { NodeState, silentLogger } from "../../src/operations/index.ts";
import { type Outbox, openOutbox } from "../../src/outbox/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { leaseSeconds } from "../../src/outbox/senders.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";

describe.each(databases)("the senders of an outbox on $name", ({ create }) => {
  let home: TestDatabase;
  let database: Database;
  let sent: string[];
  /** How often somebody looked for what is due. */
  let looks: number;
  let whileSending: (text: string) => Promise<unknown>;
  /** How far the clock has jumped, in seconds. */
  let ahead: number;
  const opened: Outbox[] = [];

  beforeEach(async () => {
    home = await create(migrated);
    database = openDatabase(home.url);
    [sent, looks, ahead, whileSending] = [[], 0, 0, () => Promise.resolve()];
    database.knex.on("query", ({ sql }: { readonly sql: string }) => {
      if (/^select .* from .outbox./.test(sql)) looks += 1;
    });
  });
  afterEach(async () => {
    for (const outbox of opened.splice(0)) await outbox.stop(0);
    await database.close();
    await home.drop();
  });

  const open = (parallelSends: number, parallelSendsADestination = parallelSends) => {
    const { acts } = openOutbox({
      ground: {
        node: new NodeState(),
        database,
        encryption: createEncryption([systemRandom.bytes(32)], systemRandom),
        clock: {
          epochMilliseconds: () => systemClock.epochMilliseconds() + ahead * 1000,
          epochSeconds: () => systemClock.epochSeconds() + ahead,
        },
        random: systemRandom,
        logger: silentLogger,
        telemetry: silentTelemetry,
      },
      recordSoon: () => Promise.resolve(() => Promise.resolve()),
      recordWithin: () => Promise.resolve(() => Promise.resolve()),
    });
    const outbox = acts.openChannel({
      of: "tests",
      channel: "test",
      courier: {
        ...{ parallelSends, parallelSendsADestination },
        deliver: async (entry) => {
          const { text } = entry as { readonly text: string };
          sent.push(text);
          await whileSending(text);
          return accepted(undefined);
        },
        givenUp: () => ({ name: "mail-failed" }),
        close: () => undefined,
      },
    });
    opened.push(outbox);
    return outbox;
  };
  const add = (outbox: Outbox, text: string, destination?: string) =>
    database.transaction((transaction) =>
      outbox.add(transaction, {
        name: "n",
        content: { text },
        ...(destination && { destination }),
      }),
    );

  it("look once for an entry that comes alone", async () => {
    const outbox = open(4);
    await add(outbox, "one");
    outbox.wake();
    await outbox.idle();
    expect([sent, looks]).toEqual([["one"], 1]);
  });

  it("send what was added while all of them were sending", async () => {
    const outbox = open(1);
    whileSending = async (text) => {
      if (text !== "first") return;
      await add(outbox, "second");
      outbox.wake();
    };
    await add(outbox, "first");
    outbox.wake();
    await outbox.idle();
    expect(sent).toEqual(["first", "second"]);
  });

  it("send all that is due, each once, however few they are", async () => {
    const outbox = open(2);
    const texts = Array.from({ length: 11 }, (_, index) => `letter ${index}`);
    for (const text of texts) await add(outbox, text);
    outbox.wake();
    await outbox.idle();
    expect(sent.sort()).toEqual(texts.sort());
  });

  it("send what a destination had no place for when its place is free", async () => {
    const outbox = open(4, 1);
    let both: () => void = () => undefined;
    const secondIsThere = new Promise<void>((resolve) => (both = resolve));
    whileSending = (text) => (text === "first" ? secondIsThere : Promise.resolve());
    await add(outbox, "first", "https://one.test");
    outbox.wake();
    // The only sender is held up at the first when the second comes, and another one finds no place for it.
    while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await add(outbox, "second", "https://one.test");
    outbox.wake();
    const before = looks;
    while (looks === before) await new Promise((resolve) => setImmediate(resolve));
    both();
    await outbox.idle();
    expect(sent).toEqual(["first", "second"]);
  });

  it("send nothing more once they are told to stop while they look", async () => {
    const outbox = open(4);
    await add(outbox, "late");
    outbox.wake();
    await outbox.stop(0);
    expect(sent).toEqual([]);
    expect(await database.knex("outbox").pluck("attempts")).toEqual([0]);
  });

  it("send nothing again that is under way when the clock jumps past its lease", async () => {
    const outbox = open(4);
    const release = Promise.withResolvers<undefined>();
    whileSending = () => release.promise;
    await add(outbox, "one");
    outbox.wake();
    await waitFor("it to be under way", () => sent.length === 1);
    ahead = leaseSeconds + 1;
    const before = looks;
    outbox.wake();
    await waitFor("another sender to look", () => looks > before);
    // Whoever claims it claims it before this.
    await add(outbox, "two");
    release.resolve(undefined);
    await outbox.idle();
    outbox.wake();
    await outbox.idle();
    expect(sent).toEqual(["one", "two"]);
  });

  it("mark what has left when the database is there again, and send it once", async () => {
    const { knex } = database;
    const outbox = open(1);
    whileSending = () => knex.schema.renameTable("outbox", "away");
    const isBack = new Promise((resolve) =>
      knex.once("query-error", () => resolve(knex.schema.renameTable("away", "outbox"))),
    );
    await add(outbox, "one");
    outbox.wake();
    await outbox.idle();
    await isBack;
    expect(await knex("outbox").pluck("state")).toEqual(["sent"]);
    expect(sent).toEqual(["one"]);
  });
});
