import { readFileSync, readdirSync } from "node:fs";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type Database,
  migrate,
  openDatabase,
  schemaRefusal,
  schemaState,
  thisBuild,
} from "../../src/storage/index.ts";
import { createIndex } from "../../migrations/concurrent-index.ts";
import { type TestDatabase, databases } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";

const directory = fileURLToPath(new URL("../../migrations", import.meta.url));
const all = readdirSync(directory)
  .filter((name) => /^\d/.test(name))
  .sort();

describe("the files of migrations", () => {
  it("are numbered, each once", () => {
    const numbers = all.map((name) => Number(name.slice(0, 3)));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.every((number) => number > 0)).toBe(true);
  });

  it("are never changed once they landed: add the line of a new one, and touch no other", () => {
    const kept = JSON.parse(readFileSync(`${directory}/checksums.json`, "utf8")) as unknown;
    const found = readdirSync(directory)
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .map((name) => [name, sha256(readFileSync(`${directory}/${name}`))]);
    expect(kept).toEqual(Object.fromEntries(found));
  });

  it.each(all.filter((name) => name >= "018"))("%s names the oldest build", async (name) => {
    const module = (await import(`${directory}/${name}`)) as { readonly oldestBuild?: unknown };
    expect(module.oldestBuild).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe.each(databases)("the migrations on $name", (kind) => {
  let home: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    home = await kind.create();
    database = openDatabase(home.url);
  });
  afterEach(async () => {
    await database.close();
    await home.drop();
  });

  it("are all pending on an empty database, then all applied, once", async () => {
    expect((await schemaState(database)).pending).toEqual(all);
    expect(await migrate(database)).toEqual(all);
    expect(await schemaState(database)).toEqual({
      pending: [],
      foreign: [],
      oldestBuild: undefined,
    });
    expect(await migrate(database)).toEqual([]);
  });

  it("go down to nothing and up again to the same tables", async () => {
    await migrate(database);
    const tables = await schemaOf(database);
    expect(tables.length).toBeGreaterThan(50);
    for (const name of all.toReversed()) {
      const { down } = (await import(`${directory}/${name}`)) as Migration;
      await down(database.knex);
    }
    await database.knex("migrations").delete();
    expect(await schemaOf(database)).toEqual([]);
    await migrate(database);
    expect(await schemaOf(database)).toEqual(tables);
  });

  // SQLite makes a number SIRET the text "35600000000048.0" (sqlite3), and reads REAL to 17 digits or 15, as its version is: an index on an
  // expression over one is malformed for the other.
  it("keep every SIRET as text, and nothing as a fraction that an index could hold", async () => {
    await migrate(database);
    const columns = await schemaOf(database);
    const sirets = columns.filter((column) => /\.\w*sire[tn]\b/.test(column));
    expect(sirets.length).toBeGreaterThanOrEqual(3);
    expect(sirets.filter((column) => !/ text$/i.test(column))).toEqual([]);
    expect(columns.filter((column) => / (real|float|double|numeric)/i.test(column))).toEqual([]);
  });

  it("are applied once when three operators start on an empty database, and none of them fails", async () => {
    const others = [openDatabase(home.url), openDatabase(home.url)];
    const applied = await Promise.all([database, ...others].map((each) => migrate(each)));
    await Promise.all(others.map((other) => other.close()));
    expect(applied.flat().sort()).toEqual(all);
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
  });

  it("go on where a migration was killed that held the lock", async () => {
    await migrate(database);
    await database.knex("migrations_lock").update({ is_locked: 1 });
    expect(await migrate(database)).toEqual([]);
  });

  // One of several that knex has each in a transaction of its own: the word that it is applied came behind it.
  it("are applied and noted at once: one that was broken off in between is applied again", async () => {
    await migrate(database);
    const broken = "131-audit-drafts.ts";
    const again = all.filter((name) => name >= broken);
    expect(again.length).toBeGreaterThan(1);
    for (const name of again.toReversed()) {
      const { down } = (await import(`${directory}/${name}`)) as Migration;
      await down(database.knex);
      await database.knex("migrations").where({ name }).delete();
    }
    const isSQLite = kind.name === "SQLite";
    const refusing = isSQLite
      ? `CREATE TRIGGER no_word BEFORE INSERT ON migrations WHEN new.name = '${broken}' BEGIN SELECT RAISE(ABORT, 'broken off'); END`
      : `ALTER TABLE migrations ADD CONSTRAINT no_word CHECK (name <> '${broken}')`;
    await database.knex.raw(refusing);
    await expect(migrate(database)).rejects.toThrow(/no_word|broken off/);
    await database.knex.raw(
      isSQLite ? "DROP TRIGGER no_word" : "ALTER TABLE migrations DROP CONSTRAINT no_word",
    );
    expect(await migrate(database)).toEqual(again);
    expect(schemaRefusal(await schemaState(database))).toBeUndefined();
  });

  /** What a newer build leaves: a migration that this one does not know. */
  const migratedByNewer = async (oldestBuild: string | undefined) => {
    await migrate(database);
    const migration = "999-newer.ts";
    await database.knex("migrations").insert({ name: migration, batch: 99 });
    if (oldestBuild === undefined) return;
    const said = { migration, oldest_build: oldestBuild, applied_by: "999.0.0" };
    await database.knex("schema_versions").insert(said);
  };

  it("of a newer build that names this one as old enough let it start, and are left alone", async () => {
    await migratedByNewer(thisBuild);
    expect(schemaRefusal(await schemaState(database))).toBeUndefined();
    expect(await migrate(database)).toEqual([]);
    expect(await database.knex("migrations").where({ name: "999-newer.ts" })).toHaveLength(1);
  });

  it.each([
    [undefined, "a newer build"],
    ["999.0.0", "build 999.0.0 or a newer one"],
  ])(
    "of a newer build that asks for %s refuse in one line, which says what to start",
    async (oldest, who) => {
      await migratedByNewer(oldest);
      expect(schemaRefusal(await schemaState(database))).toBe(
        `the database has 999-newer.ts, which this build (${thisBuild}) does not know: start ${who}`,
      );
    },
  );

  it("make an index while others write, anew when the first try was broken off", async () => {
    await migrate(database);
    const definition = "ON audit_events (client_id)";
    await createIndex(database.knex, "by_client", definition);
    if (kind.name === "PostgreSQL") {
      await database.knex.raw(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_client'::regclass",
      );
    }
    await createIndex(database.knex, "by_client", definition);
    await expect(database.knex.raw(`CREATE INDEX by_client ${definition}`)).rejects.toThrow(
      /already exists/,
    );
    if (kind.name === "PostgreSQL") {
      const { rows } = await database.knex.raw<{ rows: unknown[] }>(
        "SELECT 1 FROM pg_index WHERE indexrelid = 'by_client'::regclass AND indisvalid",
      );
      expect(rows).toHaveLength(1);
    }
  });
});

for (const kind of databases.filter(({ name }) => name === "PostgreSQL")) {
  describe("time limits of the role or the database, on PostgreSQL", () => {
    it("end no migration, which takes as long as it takes", async () => {
      const home = await kind.create();
      const database = openDatabase(home.url);
      for (const name of ["idle_in_transaction_session_timeout", "statement_timeout"]) {
        await database.knex.raw(`ALTER DATABASE ?? SET ${name} = '50ms'`, [
          new URL(home.url).pathname.slice(1),
        ]);
      }
      expect(await migrate(database)).toEqual(all);
      await database.close();
      await home.drop();
    });
  });

  describe("a table that traffic holds, on PostgreSQL", () => {
    it("is let go after some seconds and tried again, for who waits for a lock holds up all behind", async () => {
      const home = await kind.create();
      const [database, traffic] = [openDatabase(home.url), openDatabase(home.url)];
      await migrate(database);
      // As before migration 018: the next one asks for a lock that a long transaction holds.
      for (const name of all.filter((each) => each >= "018").reverse()) {
        const { down } = (await import(`${directory}/${name}`)) as Migration;
        await down(database.knex);
      }
      await database.knex("migrations").where("name", ">=", "018").delete();
      const held = Promise.withResolvers<undefined>();
      const release = Promise.withResolvers<undefined>();
      const holding = traffic.transaction(async (transaction) => {
        await transaction("outbox").select("id");
        held.resolve(undefined);
        await release.promise;
      });
      await held.promise;
      const migrating = migrate(database);
      await waitFor("the migration to queue for its lock", async () => {
        const { rows } = await traffic.knex.raw<{ rows: unknown[] }>(
          "SELECT 1 FROM pg_locks WHERE relation = 'outbox'::regclass AND NOT granted",
        );
        return rows.length > 0;
      });
      // This read stands behind the migration: it ends because the migration gives way, not the holder.
      expect(await traffic.knex("outbox").select("id")).toEqual([]);
      release.resolve(undefined);
      await holding;
      expect(await migrating).toContain("018-versions.ts");
      await Promise.all([database.close(), traffic.close()]);
      await home.drop();
    });
  });
}

interface Migration {
  readonly down: (knex: Database["knex"]) => Promise<void>;
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Every column of ours with its type, in order: what an application can tell of a schema. */
async function schemaOf(database: Database): Promise<string[]> {
  const columns =
    database.dialect === "sqlite"
      ? await database.knex
          .from(database.knex.raw("sqlite_master AS m, pragma_table_info(m.name) AS c"))
          .where("m.type", "table")
          .select<Column[]>("m.name AS table", "c.name AS column", "c.type AS type")
      : await database
          .knex("information_schema.columns")
          .whereRaw("table_schema = current_schema()")
          .select<Column[]>("table_name AS table", "column_name AS column", "data_type AS type");
  return columns
    .filter(({ table }) => !/^(migrations|sqlite_)/.test(table))
    .map(({ table, column, type }) => `${table}.${column} ${type}`)
    .sort();
}

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
}
