import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { inSlices } from "../../src/establishments/slices.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases } from "../support/databases.ts";

describe.each(databases)("a long list in slices, on $name", ({ create }) => {
  let place: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    place = await create();
    database = openDatabase(place.url);
    await database.knex.schema.createTable("listed", (table) => {
      table.text("one");
    });
  });
  afterAll(async () => {
    await database.close();
    await place.drop();
  });

  it("is written whole, each slice by one statement: SQLite takes 500 rows at most", async () => {
    const rows = Array.from({ length: 1201 }, (_, place) => ({ one: String(place) }));
    const slices = inSlices(rows);
    expect(slices.flat()).toEqual(rows);
    expect(Math.max(...slices.map(({ length }) => length))).toBeLessThan(500);
    for (const slice of slices) await database.knex("listed").insert(slice);
    expect(await database.knex("listed")).toHaveLength(1201);
  });
});
