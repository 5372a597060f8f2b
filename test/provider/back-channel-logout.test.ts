import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import {
  createEncryption,
  silentTelemetry,
  systemClock,
  systemRandom,
} from "../../src/foundation/index.ts";
import { NodeState, silentLogger } from "../../src/operations/index.ts";
import { type OutboxActs, openOutbox } from "../../src/outbox/index.ts";
import { type LogoutNotices, createLogoutNotices } from "../../src/provider/back-channel-logout.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

const [sqlite] = databases;

describe("Notices of ended sessions", () => {
  let home: TestDatabase;
  let database: Database;
  let outbox: OutboxActs;
  let notices: LogoutNotices;
  let sent: string[];
  /** What this node has not heard of. */
  let unknown: string | undefined;
  let ahead = 0;

  beforeAll(async () => {
    if (!sqlite) throw new Error("no database is at hand");
    home = await sqlite.create(migrated);
    database = openDatabase(home.url);
    const ground = { database, clock: systemClock, random: systemRandom, logger: silentLogger };
    const encryption = createEncryption([systemRandom.bytes(32)], systemRandom);
    outbox = openOutbox({
      ground: { ...ground, encryption, telemetry: silentTelemetry, node: new NodeState() },
      recordSoon: () => Promise.resolve(() => Promise.resolve()),
      recordWithin: () => Promise.resolve(() => Promise.resolve()),
    }).acts;
    notices = createLogoutNotices({
      ...outbox,
      database,
      clock: { ...systemClock, epochSeconds: () => systemClock.epochSeconds() + ahead },
      wantsNotice: (clientId) => clientId !== "silent",
    });
    notices.sendBy(({ clientId, sub, sid }) => {
      if (clientId !== unknown) sent.push([clientId, sub, sid].join(" "));
      return Promise.resolve(clientId !== unknown);
    });
  });
  beforeEach(() => {
    [sent, unknown, ahead] = [[], undefined, 0];
  });
  afterAll(async () => {
    await notices.stop();
    await database.close();
    await home.drop();
  });

  it("tell a client of each session of its own, once", async () => {
    const notice = (clientId: string, sid: string) => ({ clientId, sub: "jeanne", sid });
    const [first, second] = [notice("portal", "one"), notice("portal", "two")];
    await notices.add([first, second, first, notice("other", "one"), notice("silent", "one")]);
    await notices.idle();
    expect(sent.sort()).toEqual(["other jeanne one", "portal jeanne one", "portal jeanne two"]);
  });

  it("leave a client that this node does not know to a node that does, while one may", async () => {
    const stateOf = (clientId: string) =>
      database.knex("outbox").where({ name: clientId }).pluck<string[]>("state");
    unknown = "new";
    await notices.add([{ clientId: "new", sub: "jeanne", sid: "one" }]);
    await notices.idle();
    expect([sent, await stateOf("new")]).toEqual([[], ["waiting"]]);
    unknown = undefined;
    await database.knex("outbox").where({ name: "new" }).update({ due_at: 0 });
    notices.wake();
    await notices.idle();
    expect([sent, await stateOf("new")]).toEqual([["new jeanne one"], ["sent"]]);
    // What nobody has known for so long is for nobody.
    [unknown, ahead] = ["gone", 12 * 3600 + 1];
    await notices.add([{ clientId: "gone", sub: "jeanne", sid: "one" }]);
    await notices.idle();
    expect(await stateOf("gone")).toEqual(["sent"]);
  });

  it("tell a client without a session of its own of the person", async () => {
    await notices.add([{ clientId: "portal", sub: "jeanne" }]);
    await notices.idle();
    expect(sent).toEqual(["portal jeanne "]);
  });

  it.each([
    [new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } }), "ECONNREFUSED"],
    [Object.assign(new Error("expected 200 OK"), { response: { status: 302 } }), "HTTP 302"],
  ])("say why one was not delivered: %s", async (error, told) => {
    notices.sendBy(() => Promise.reject(error));
    await notices.add([{ clientId: "portal", sub: told }]);
    await notices.idle();
    const rows = await database.knex("outbox").where({ account_sub: told }).select("last_error");
    expect(rows).toEqual([{ last_error: told }]);
  });
});
