import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type ArtifactStore, artifactsPath, openArtifactStore } from "../../src/artifacts/index.ts";
import { systemClock, systemRandom } from "../../src/foundation/index.ts";
import { waitFor } from "../support/wait-for.ts";

/** SQLite's own checkpoints come after 8000 pages of 4096 bytes. */
const logLimitBytes = 8000 * (4096 + 24);

describe("the checkpoints of the artifacts' file", () => {
  let folder: string;
  let path: string;
  let store: ArtifactStore;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "lopauth-"));
    const url = `sqlite:${join(folder, "auth.sqlite3")}`;
    path = artifactsPath(url);
    store = await openArtifactStore(url, systemClock);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const writeAtOnce = (count: number) =>
    Promise.all(
      Array.from({ length: count }, () =>
        store.put("AccessToken", systemRandom.secret(), { payload: { kind: "AccessToken" } }, 600),
      ),
    );
  const bytes = (suffix = "") => statSync(path + suffix).size;

  it("are taken by a thread after some hundred writes, long before SQLite would", async () => {
    for (let round = 0; round < 5; round += 1) await writeAtOnce(90);
    expect(bytes("-wal")).toBeLessThan(logLimitBytes / 8);
    await waitFor("the file to hold the writes", () => bytes() > 100_000);
  });

  it("keep the log bounded while writes go on without a pause", async () => {
    let most = 0;
    for (let round = 0; round < 4000; round += 1) {
      await writeAtOnce(3);
      most = Math.max(most, bytes("-wal"));
    }
    expect(most).toBeLessThan(3 * logLimitBytes);
  });

  it("leave nothing behind when the store is closed in the middle of one", async () => {
    await writeAtOnce(1000);
    await store.close();
    const file = new DatabaseSync(path);
    expect(file.prepare("SELECT count(*) AS count FROM artifacts").get()).toEqual({ count: 1000 });
    expect(file.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    file.close();
  });
});
