import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { OutboxStore } from "../../src/outbox/outbox-store.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";
import { sqlitePlan } from "../support/sqlite-plan.ts";

const now = 1_800_000_000;

describe.each(databases)("an outbox of many entries, on $name", (kind) => {
  let home: TestDatabase;
  let database: Database;
  let store: OutboxStore;

  beforeEach(async () => {
    home = await kind.create(migrated);
    database = openDatabase(home.url);
    store = new OutboxStore(database.knex, "webhook");
  });
  afterEach(async () => {
    await database.close();
    await home.drop();
  });

  const entry = (id: string, of: object = {}) => ({
    ...{ id, channel: "webhook", name: "access.opened", state: "waiting", attempts: 0 },
    ...{ account_sub: "one", destination: "here", due_at: now, created_at: now, sequence: 1 },
    ...of,
  });

  it("finds what comes before another of its account among those of the account alone", async () => {
    const later = { sequence: 2 };
    await database
      .knex("outbox")
      .insert([
        entry("first"),
        entry("second", later),
        entry("elsewhere", { ...later, destination: "there" }),
        entry("of another", { ...later, account_sub: "two" }),
        entry("of none", { ...later, account_sub: null }),
      ]);
    const rules = { without: [], inOrder: true, first: [] };
    const due = () => store.listDue(now, 16, rules);
    expect((await due()).map(({ id }) => id).sort()).toEqual([
      ...["elsewhere", "first", "of another", "of none"],
    ]);
    if (kind.name === "SQLite") {
      const steps = (await sqlitePlan(database, due)).filter((step) => step.includes("earlier"));
      expect(steps).toEqual([
        "SEARCH earlier USING INDEX outbox_account_sub_index (account_sub=?)",
      ]);
    }
  });

  it("deletes what ended before an instant, of its channel, without a look at what ended since", async () => {
    const sent = (ended_at: number) => ({ state: "sent", created_at: ended_at - 60, ended_at });
    await database
      .knex("outbox")
      .insert([
        entry("old", sent(now - 1)),
        entry("failed", { ...sent(now - 1), state: "failed" }),
        entry("new", sent(now)),
        entry("of another", { ...sent(now - 1), channel: "mail" }),
        entry("waiting", { created_at: now - 100 }),
      ]);
    const purge = () => store.purge(now);
    const steps = kind.name === "SQLite" ? await sqlitePlan(database, purge) : [await purge()];
    const left = await database.knex("outbox").orderBy("id").pluck<string[]>("id");
    expect(left).toEqual(["new", "of another", "waiting"]);
    if (kind.name === "SQLite")
      expect(steps).toContain(
        "SEARCH outbox USING INDEX outbox_by_state (state=? AND created_at<?)",
      );
  });
});
