import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { copyFileSync, renameSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type Database, type DatabaseFault, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";

const moved = { code: "database-unavailable", status: 503, reason: "file-moved" };

describe("an SQLite file that is removed or replaced while it is open", () => {
  let home: TestDatabase;
  let database: Database;
  let path: string;
  let changes: (DatabaseFault | undefined)[];

  beforeEach(async () => {
    home = await (databases[0] as (typeof databases)[number]).create(migrated);
    path = home.url.slice("sqlite:".length);
    database = openDatabase(home.url);
    changes = [];
    await database.watch({ changed: (fault) => changes.push(fault), clock: () => undefined });
    expect(await write()).toBeUndefined();
  });
  afterEach(async () => {
    await database.close();
    await home.drop();
  });

  const write = () =>
    database
      .knex("maintenance")
      .insert({ id: 1, since_at: 1, until_at: 2 })
      .onConflict()
      .ignore()
      .then(nothing, error);
  const find = (db: Database) =>
    db.lookup<object>("one", "SELECT ? AS one")("1").then(nothing, error);
  const seen = () => pause(150);

  it.each([
    ["removed", () => rmSync(path)],
    [
      "replaced by a copy",
      () => {
        copyFileSync(path, `${path}.copy`);
        renameSync(`${path}.copy`, path);
      },
    ],
  ])("takes nothing that nobody could read any more: %s", async (_what, act) => {
    act();
    await seen();
    expect(await write()).toMatchObject(moved);
    expect(await find(database)).toMatchObject(moved);
    expect(await database.transaction(() => Promise.resolve()).then(nothing, error)).toMatchObject(
      moved,
    );
    expect(await database.ping().then(nothing, error)).toMatchObject(moved);
    expect(database.fault()?.message).toContain(path);
    await waitFor("it to be told", () => changes.length === 1);
    expect(changes).toMatchObject([moved]);
  });

  it("is asked again once it has been put back", async () => {
    renameSync(path, `${path}.away`);
    await waitFor("it to be told", () => changes.length === 1);
    renameSync(`${path}.away`, path);
    await waitFor("it to be told", () => changes.length === 2);
    expect(changes[1]).toBeUndefined();
    expect([await write(), await find(database)]).toEqual([undefined, undefined]);
  });
});

const nothing = () => undefined;
const error = (met: unknown) => met;
