import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { databaseFiles, openArtifactStore } from "../../src/artifacts/index.ts";
import { systemClock, systemRandom } from "../../src/foundation/index.ts";
import { developmentSecrets } from "../../src/operations/index.ts";
import { closeToOthers, migrate, openDatabase, openToOthers } from "../../src/storage/index.ts";
import { databases } from "../support/databases.ts";
import { withSigningKeys } from "../support/signing-keys.ts";
import { startTestProvider } from "../support/test-provider.ts";

const [sqlite] = databases as [(typeof databases)[number]];
const home = mkdtempSync(join(tmpdir(), "lopauth-files-"));
afterAll(() => {
  rmSync(home, { recursive: true });
});

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Opens register and artifacts, and writes to both, so that what SQLite makes beside them is there. */
async function inUse(url: string, look: (files: readonly string[]) => void): Promise<void> {
  const register = openDatabase(url);
  await migrate(register);
  const artifacts = await openArtifactStore(url, systemClock);
  try {
    look(databaseFiles(url).flatMap((file) => ["", "-wal", "-shm"].map((end) => file + end)));
  } finally {
    await artifacts.close();
    await register.close();
  }
}

describe("the files of the databases and the keys", () => {
  it("are made for their owner alone, whatever the umask, as is their folder", async () => {
    const folder = join(home, "a", "new");
    await inUse(`sqlite:${join(folder, "auth.sqlite3")}`, (files) => {
      expect(files.filter((file) => existsSync(file))).toEqual(files);
      expect(files.map(modeOf)).toEqual(files.map(() => "600"));
    });
    expect([join(home, "a"), folder].map(modeOf)).toEqual(["700", "700"]);
  });

  it("are taken from others where an older build left them open, with what stands beside", async () => {
    const folder = join(home, "old");
    mkdirSync(folder, { mode: 0o755 });
    const url = `sqlite:${join(folder, "auth.sqlite3")}`;
    await inUse(url, (files) => {
      for (const file of files) chmodSync(file, 0o664);
      expect(databaseFiles(url).flatMap(openToOthers)).toEqual(files);
      databaseFiles(url).forEach(closeToOthers);
      expect(files.map(modeOf)).toEqual(files.map(() => "600"));
    });
    // A folder that was there may be anybody's: it is left as it is.
    expect(modeOf(folder)).toBe("755");
  });

  it("are none that a setting names by mistake: these stay open to whom they were", () => {
    const folder = join(home, "everybodys");
    const text = join(folder, "hosts");
    mkdirSync(folder);
    writeFileSync(text, "127.0.0.1 localhost\n");
    for (const path of [folder, text]) {
      chmodSync(path, 0o777);
      databaseFiles(`sqlite:${path}`).forEach(closeToOthers);
    }
    expect([folder, text].map(modeOf)).toEqual(["777", "777"]);
  });

  it("are closed to others when a node starts", async () => {
    const database = await sqlite.create(withSigningKeys);
    const [register = ""] = databaseFiles(database.url);
    chmodSync(register, 0o644);
    const provider = await startTestProvider({
      ...sqlite,
      create: () => Promise.resolve(database),
    });
    expect(modeOf(register)).toBe("600");
    await provider.stop();
  });

  it("are, of a developer's machine, in a folder of its owner alone", () => {
    const folder = join(home, "var");
    mkdirSync(folder, { mode: 0o755 });
    developmentSecrets(folder, systemRandom);
    expect([folder, join(folder, "cookie-keys")].map(modeOf)).toEqual(["700", "600"]);
  });
});
