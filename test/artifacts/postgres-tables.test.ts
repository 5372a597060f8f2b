import { describe, expect, it } from "@jest/globals";
import { openOwnStore } from "../../src/artifacts/own-store.ts";
import { systemClock } from "../../src/foundation/index.ts";
import { DatabaseFault, openDatabase } from "../../src/storage/index.ts";
import { databases, migrated as template } from "../support/databases.ts";
import { canMakeCluster, makeCluster } from "../support/postgres-cluster.ts";
import { waitFor } from "../support/wait-for.ts";

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

(canMakeCluster ? describe : describe.skip)("a PostgreSQL of the artifacts' own", () => {
  it("that is silent is told of, refuses at once who asks, and is asked again when it answers", async () => {
    const cluster = await makeCluster();
    const told: (string | undefined)[] = [];
    const limits = { connections: 2, timeoutSeconds: 4 };
    const { store, begin } = await openOwnStore(cluster.url, systemClock, {
      limits,
      away: (fault) => told.push(fault?.reason),
    });
    await begin("https://auth.example");
    cluster.freeze();
    const asked = Array.from({ length: 10 }, () => store.find("Session", "one"));
    const answers = await Promise.allSettled(asked);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(["rejected"]));
    await waitFor("it to be found out", () => told.length > 0);
    await expect(store.find("Session", "one")).rejects.toThrow(DatabaseFault);
    cluster.thaw();
    await waitFor("it to answer", () => told.length > 1);
    expect(await store.find("Session", "one")).toBeUndefined();
    expect(told).toEqual(["no-answer", undefined]);
    await store.close();
    await cluster.remove();
  });
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
