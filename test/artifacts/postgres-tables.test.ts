import { describe, expect, it } from "@jest/globals";
import { openOwnStore } from "../../src/artifacts/own-store.ts";
import { systemClock } from "../../src/foundation/index.ts";
import { openDatabase } from "../../src/storage/index.ts";
import { databases, migrated as template } from "../support/databases.ts";

const kind = databases.find(({ name }) => name === "PostgreSQL");
const whereThereIsOne = kind === undefined ? it.skip : it;

describe("the tables of the artifacts in a PostgreSQL of their own", () => {
  whereThereIsOne(
    "are those of the register's migrations, made by one of two nodes that start together",
    async () => {
      if (kind === undefined) throw new Error("no PostgreSQL");
      const [ours, registers] = [await kind.create(), await kind.create(template)];
      const nodes = await Promise.all([1, 2].map(() => openOwnStore(ours.url, systemClock, {})));
      const begun = await Promise.all(nodes.map(({ begin }) => begin("https://auth.example")));
      expect(begun.map(({ isEmpty }) => isEmpty).sort()).toEqual([false, true]);
      await Promise.all(nodes.map(({ store }) => store.close()));
      const [made, migrated] = [await shapeOf(ours.url), await shapeOf(registers.url)];
      await ours.drop();
      await registers.drop();
      expect(made).toEqual(migrated);
      expect(made.length).toBeGreaterThan(20);
    },
  );
});

/** Columns, constraints and indexes, as the server writes them. */
async function shapeOf(url: string): Promise<string[]> {
  const database = openDatabase(url);
  const tables = "('artifacts', 'frozen_establishments')";
  const { rows } = await database.knex.raw<{ rows: { line: string }[] }>(`
    SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, collation_name) AS line
      FROM information_schema.columns
      WHERE table_schema = current_schema() AND table_name IN ${tables}
    UNION SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes
      WHERE schemaname = current_schema() AND tablename IN ${tables}`);
  await database.close();
  return rows.map(({ line }) => line).sort();
}
