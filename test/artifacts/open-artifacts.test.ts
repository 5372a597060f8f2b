import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { artifactsPath, openArtifacts } from "../../src/artifacts/index.ts";
import { systemClock } from "../../src/foundation/index.ts";

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
      const { openArtifacts } = await import(${JSON.stringify(artifactsDoor)});
      const { systemClock } = await import(${JSON.stringify(foundationDoor)});
      const store = openArtifacts(${JSON.stringify(url)}, systemClock);
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
    const store = openArtifacts(url, systemClock);
    await expect(store.sweep(1000)).resolves.toBe(200);
    await store.close();
  });

  it("is refused when another version of this code made it", async () => {
    await openArtifacts(url, systemClock).close();
    const file = new DatabaseSync(artifactsPath(url));
    file.exec("PRAGMA user_version = 7");
    file.close();
    expect(() => openArtifacts(url, systemClock)).toThrow(
      /auth-artifacts.sqlite3 has artifacts of version 7, this code knows version 1/,
    );
  });
});

const artifactsDoor = new URL("../../src/artifacts/index.ts", import.meta.url).href;
const foundationDoor = new URL("../../src/foundation/index.ts", import.meta.url).href;
