import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { artifactsPath, openArtifactStore } from "../../src/artifacts/index.ts";
import { systemClock } from "../../src/foundation/index.ts";
import { lockedByOther } from "../support/file-lock.ts";
import { type Database, busyPatience, migrate, openDatabase } from "../../src/storage/index.ts";

const busy = Object.assign(new Error("database is locked"), { errcode: 5 });

describe("the patience with another process that writes", () => {
  it("ends with the first wait in vain, and comes back with the first write that gets through", () => {
    const waits: number[] = [];
    const patience = busyPatience(2000, (wait) => waits.push(wait));
    patience.through();
    patience.met(new Error("UNIQUE constraint failed"));
    expect(waits).toEqual([]);
    patience.met(busy);
    patience.met(Object.assign(new Error("locked"), { code: "SQLITE_BUSY" }));
    expect(waits).toEqual([0]);
    patience.through();
    patience.through();
    expect(waits).toEqual([0, 2000]);
  });
});

describe("files that another process holds", () => {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-busy-"));
  const url = `sqlite:${join(folder, "auth.sqlite3")}`;
  const limits = { connections: 1, timeoutSeconds: 2 };
  let register: Database;
  let artifacts: Awaited<ReturnType<typeof openArtifactStore>>;

  beforeAll(async () => {
    register = openDatabase(url, limits);
    await migrate(register);
    artifacts = await openArtifactStore(url, systemClock, { limits });
  });
  afterAll(async () => {
    await artifacts.close();
    await register.close();
    rmSync(folder, { recursive: true });
  });

  /** Writes of ten at once and of one, while another holds the file; then one that gets through. */
  const whileHeld = async (path: string, write: (name: string) => Promise<unknown>) => {
    const attempt = async (names: string) => {
      const begin = performance.now();
      const settled = await Promise.allSettled(Array.from(names, (name) => write(name)));
      expect(settled.map(({ status }) => status)).toEqual(Array.from(names, () => "rejected"));
      return performance.now() - begin;
    };
    const letGo = await lockedByOther([path]);
    const ten = await attempt("abcdefghij");
    await letGo();
    await write("between");
    const again = await lockedByOther([path]);
    const one = await attempt("k");
    await again();
    await write("after");
    return { one, ten };
  };
  const setting = (name: string) =>
    register.transaction((transaction) =>
      transaction("seen_browsers_of_the_test").insert({ name }),
    );

  it("keep ten writers of the register as long as one", async () => {
    await register.knex.schema.createTable("seen_browsers_of_the_test", (table) => {
      table.text("name");
    });
    const { one, ten } = await whileHeld(url.slice("sqlite:".length), setting);
    expect(ten).toBeLessThan(3 * one);
  });

  it("keep ten writers of the artifacts as long as one, in one turn or one after the other", async () => {
    const put = (name: string) => artifacts.put("AccessToken", name, { payload: {} }, 60);
    for (const write of [put, (name: string) => artifacts.removeGrant(name)]) {
      const { one, ten } = await whileHeld(artifactsPath(url), write);
      expect(ten).toBeLessThan(3 * one);
    }
  });
});
