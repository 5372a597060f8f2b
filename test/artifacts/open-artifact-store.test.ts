import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { artifactsPath, openArtifactStore } from "../../src/artifacts/index.ts";
import { connectPostgres } from "../../src/artifacts/postgres-connection.ts";
import { systemClock } from "../../src/foundation/index.ts";
import {
  type Database,
  PostgresServer,
  defaultLimits,
  openDatabase,
  openPrepared,
} from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

describe("the path of the artifacts", () => {
  it.each([
    ["sqlite:var/auth.sqlite3", "var/auth-artifacts.sqlite3"],
    ["sqlite:/srv/data.d/auth.db", "/srv/data.d/auth-artifacts.sqlite3"],
    ["sqlite:auth", "auth-artifacts.sqlite3"],
  ])("of %s is %s", (url, path) => {
    expect(artifactsPath(url)).toBe(path);
  });
});

describe("the artifacts' SQLite file", () => {
  let folder: string;
  let url: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lopauth-"));
    url = `sqlite:${join(folder, "missing", "auth.sqlite3")}`;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("is made by several processes that open it at the same moment", async () => {
    const script = `
      const { openArtifactStore } = await import(${JSON.stringify(artifactsDoor)});
      const { systemClock } = await import(${JSON.stringify(foundationDoor)});
      const store = await openArtifactStore(${JSON.stringify(url)}, systemClock);
      for (let index = 0; index < 50; index++) {
        await store.put("AccessToken", process.pid + "-" + index, { payload: {} }, -120);
      }
      await store.close();`;
    const run = promisify(execFile);
    await Promise.all(
      Array.from({ length: 4 }, () =>
        run(process.execPath, ["--input-type=module", "--eval", script]),
      ),
    );
    const store = await openArtifactStore(url, systemClock);
    await expect(store.sweep(1000)).resolves.toBe(200);
    await store.close();
  });

  it("is opened when a newer build only added to it", async () => {
    await (await openArtifactStore(url, systemClock)).close();
    const file = new DatabaseSync(artifactsPath(url));
    file.exec("PRAGMA user_version = 3001; ALTER TABLE artifacts ADD COLUMN newer TEXT");
    file.close();
    const store = await openArtifactStore(url, systemClock);
    await store.put("AccessToken", "an id", { payload: {} }, 60);
    expect(await store.find("AccessToken", "an id")).toBeDefined();
    await store.close();
  });

  it("is refused when another version of this code made it", async () => {
    await (await openArtifactStore(url, systemClock)).close();
    const file = new DatabaseSync(artifactsPath(url));
    file.exec("PRAGMA user_version = 7");
    file.close();
    await expect(openArtifactStore(url, systemClock)).rejects.toThrow(
      /auth-artifacts.sqlite3 has artifacts of version 7, this code knows version 1/,
    );
  });
});

const artifactsDoor = new URL("../../src/artifacts/index.ts", import.meta.url).href;
const foundationDoor = new URL("../../src/foundation/index.ts", import.meta.url).href;

for (const kind of databases.filter(({ name }) => name === "PostgreSQL")) {
  describe("the artifacts' connections to PostgreSQL", () => {
    const name = `artifacts-${randomBytes(4).toString("hex")}`;
    let home: TestDatabase;
    let database: Database;
    let url: string;

    beforeAll(async () => {
      home = await kind.create(migrated);
      database = openDatabase(home.url);
      const named = new URL(home.url);
      named.searchParams.set("application_name", name);
      url = named.href;
    });
    afterAll(async () => {
      await database.close();
      await home.drop();
    });

    it("may break between two statements of a transaction: it fails, and the next one works", async () => {
      const server = new PostgresServer(url, defaultLimits);
      const connection = connectPostgres(openPrepared(server));
      const work = connection.transaction(async (run) => {
        await terminate(database, name);
        await pause(50);
        await run("frozenMany", ["grant"]);
      });
      await expect(work).rejects.toThrow();
      const found = await connection.transaction((run) => run("frozenMany", ["grant"]));
      expect(found.rows).toEqual([]);
      await server.close();
    });

    it("are replaced when they break at rest", async () => {
      const artifacts = await openArtifactStore(url, systemClock);
      await artifacts.put("Session", "one", { payload: {} }, 60);
      await terminate(database, name);
      await pause(50);
      expect(await artifacts.find("Session", "one")).toBeDefined();
      await artifacts.close();
    });
  });
}

/** Ends the connections of one name, as a restart of the server does. */
async function terminate(database: Database, name: string): Promise<void> {
  await database.knex
    .from("pg_stat_activity")
    .where("application_name", name)
    .select(database.knex.raw("pg_terminate_backend(pid)"));
}
