import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Finding } from "../../src/command-line/doctor-finding.ts";
import { checkRegister, diskFinding } from "../../src/command-line/doctor-register.ts";
import { artifactsPath, databaseFiles } from "../../src/artifacts/index.ts";
import type { Settings } from "../../src/operations/index.ts";
import { databases } from "../support/databases.ts";
import { seedSigningKeys, testEncryptionKey } from "../support/signing-keys.ts";
import { doctorParts, now } from "./doctor-patient.ts";
import { type Operator, createOperator } from "./operator.ts";

const gibibyte = 1024 ** 3;
const day = 86_400;

describe.each(databases)("the doctor's look at the register on $name", ({ name, create }) => {
  let operator: Operator;

  beforeEach(async () => {
    operator = await createOperator(create);
  });
  afterEach(async () => {
    await operator.drop();
  });

  const encryptionKeys = [Buffer.from(testEncryptionKey, "base64url")];

  async function check(
    what: string,
    changes: Partial<Settings> = {},
    at: number = now(),
  ): Promise<readonly Finding[]> {
    const settings = { databaseUrl: operator.databaseUrl, encryptionKeys, ...changes };
    const { findings } = await checkRegister(doctorParts(settings, at));
    return findings.filter((finding) => finding.check === what);
  }

  const addEntry = (values: object) =>
    operator.database.knex("outbox").insert({
      id: Math.random().toString(36),
      channel: "mail",
      name: "recovery",
      state: "waiting",
      attempts: 0,
      due_at: now(),
      created_at: now(),
      ...values,
    });

  it("names the database and its version", async () => {
    expect(await check("database")).toMatchObject([
      {
        state: "ok",
        found: expect.stringMatching(
          new RegExp(`^${name} [\\d.]+.* answers( directly)?$`),
        ) as unknown,
      },
    ]);
  });

  it("warns of files that others may read", async () => {
    // While somebody has it open, SQLite keeps two files beside it.
    await operator.database.ping();
    const places = databaseFiles(operator.databaseUrl);
    const files = places.flatMap((file) => [file, `${file}-wal`, `${file}-shm`]).filter(existsSync);
    expect(files).toHaveLength(name === "SQLite" ? 3 : 0);
    expect(await check("files")).toMatchObject(name === "SQLite" ? [{ state: "ok" }] : []);
    for (const file of files) chmodSync(file, 0o640);
    const warning = { state: "warning", found: `others may read ${files.join(", ")}` };
    expect(await check("files")).toMatchObject(name === "SQLite" ? [warning] : []);
  });

  it("finds migrations that are pending, and then looks no further", async () => {
    const empty = await createOperator(create, { migrated: false });
    await empty.database.ping();
    const { findings, ready } = await checkRegister(
      doctorParts({ databaseUrl: empty.databaseUrl }),
    );
    await empty.drop();
    expect(ready).toBe(false);
    expect(findings.at(-1)?.check).not.toBe("keys");
    expect(findings.filter(({ state }) => state === "problem")).toMatchObject([
      {
        check: "migrations",
        found: expect.stringContaining("001-accounts") as unknown,
        advice: expect.stringContaining("lopauth migrate") as unknown,
      },
    ]);
    expect(await check("migrations")).toMatchObject([{ state: "ok", found: "none is pending" }]);
  });

  it("cannot tell of keys before the first start", async () => {
    expect(await check("keys")).toMatchObject([
      { state: "warning", found: "there is no signing key yet" },
    ]);
  });

  it("finds keys in order, locked, without followers, and too old", async () => {
    await seedSigningKeys(operator.databaseUrl);
    const [since] = await operator.database.knex("signing_keys").min({ since: "current_since_at" });
    const made = (since as { since: number }).since;
    expect(await check("keys", {}, made + 97 * day)).toMatchObject([
      { state: "ok", found: "4 sign, the oldest for 97 days; ENCRYPTION_KEYS opens all 8" },
    ]);
    expect(await check("keys", {}, made + 97 * day + 1)).toMatchObject([
      { state: "warning", advice: expect.stringContaining("lopauth keys rotate") as unknown },
    ]);
    expect(await check("keys", { encryptionKeys: [Buffer.alloc(32, 7)] })).toMatchObject([
      { state: "problem", found: "ENCRYPTION_KEYS opens 0 of 8 signing keys" },
    ]);
    await operator.database.knex("signing_keys").where({ alg: "ES256", state: "next" }).delete();
    expect(await check("keys")).toMatchObject([
      { state: "warning", found: "there is no next key for ES256" },
    ]);
  });

  it("finds purges that were refused, and those that nobody runs", async () => {
    expect(await check("purges")).toMatchObject([{ state: "not-checked" }]);
    const { knex } = operator.database;
    await knex("purges").insert({ kind: "links", ran_at: now() - day / 2 });
    expect(await check("purges")).toMatchObject([{ state: "ok" }]);
    await knex("purges").update({ ran_at: now() - day - 60 });
    expect(await check("purges")).toMatchObject([
      { state: "warning", found: expect.stringContaining("links was purged at") as unknown },
    ]);
    await knex("purges").update({ refusal: "the clock says 2099", refused_at: now() });
    expect(await check("purges")).toMatchObject([
      { state: "problem", found: "links: the clock says 2099" },
    ]);
  });

  it("finds what was given up within a week, and what is tried again for long", async () => {
    expect(await check("outbox")).toMatchObject([{ state: "ok" }]);
    await addEntry({ state: "failed", ended_at: now() - 8 * day, last_error: "RCPT 550" });
    await addEntry({ attempts: 1, due_at: now() + 60, created_at: now() - 500 });
    expect(await check("outbox")).toMatchObject([{ state: "ok" }]);
    await addEntry({ state: "failed", ended_at: now() - 6 * day, last_error: "RCPT 550" });
    await addEntry({
      channel: "back-channel-logout",
      attempts: 4,
      due_at: now() + 60,
      created_at: now() - 700,
      last_error: "HTTP 502",
    });
    expect(await check("outbox")).toMatchObject([
      {
        state: "warning",
        found:
          "mail: 1 (RCPT 550) given up within 7 days; back-channel-logout: 1 (HTTP 502) tried again for more than 10 minutes",
        advice: expect.stringContaining("backchannel_logout_uri must answer 200") as unknown,
      },
    ]);
  });

  it("tells from what is due and what was sent whether any server sends", async () => {
    expect(await check("jobs")).toMatchObject([{ state: "not-checked" }]);
    await addEntry({ state: "sent", ended_at: now() - 60 });
    expect(await check("jobs")).toMatchObject([
      { state: "ok", found: expect.stringContaining("the last was sent at") as unknown },
    ]);
    await addEntry({ due_at: now() - 30 });
    expect(await check("jobs")).toMatchObject([
      { state: "ok", found: "what is due is not older than 2 minutes" },
    ]);
    await addEntry({ due_at: now() - 150 });
    expect(await check("jobs")).toMatchObject([
      { state: "problem", advice: expect.stringContaining("no server is sending") as unknown },
    ]);
  });

  it("finds artifacts readable, not there yet, or damaged", async () => {
    if (name === "SQLite") {
      const path = artifactsPath(operator.databaseUrl);
      expect(await check("artifacts")).toMatchObject([
        { state: "not-checked", found: `${path} is not there yet` },
      ]);
      expect(existsSync(path)).toBe(false);
      writeFileSync(path, "not a database at all, but long enough to be taken for one".repeat(40));
    } else {
      expect(await check("artifacts")).toMatchObject([{ state: "ok", found: "they can be read" }]);
      await operator.database.knex.schema.renameTable("artifacts", "artifacts_away");
    }
    expect(await check("artifacts")).toMatchObject([
      {
        state: "problem",
        advice: expect.stringContaining("must be readable and writable") as unknown,
      },
    ]);
  });

  it("compares this machine's clock with the database's, where it has one of its own", async () => {
    if (name === "SQLite") {
      expect(await check("clock")).toEqual([]);
      return;
    }
    expect(await check("clock")).toMatchObject([{ state: "ok" }]);
    expect(await check("clock", {}, now() - 3600)).toMatchObject([
      {
        state: "warning",
        found: expect.stringMatching(/^the database is 3\d{3} s ahead of this machine$/) as unknown,
      },
    ]);
  });
});

describe("the doctor's look at a register out of reach", () => {
  it("says that there is no file, and makes none", async () => {
    const file = join("var", "no-such-folder", "auth.sqlite3");
    const { ready, findings } = await checkRegister(doctorParts({ databaseUrl: `sqlite:${file}` }));
    expect(ready).toBe(false);
    expect(findings).toMatchObject([
      { check: "database", state: "problem", found: `there is no file ${file}` },
    ]);
    expect(existsSync(join("var", "no-such-folder"))).toBe(false);
  });

  it("says that a file is no database", async () => {
    const { ready, findings } = await checkRegister(
      doctorParts({ databaseUrl: "sqlite:package.json" }),
    );
    expect(ready).toBe(false);
    expect(findings).toMatchObject([
      {
        check: "database",
        state: "problem",
        found: expect.stringContaining("a file that is no SQLite database") as unknown,
        advice: expect.stringContaining("must be an SQLite database") as unknown,
      },
    ]);
  });

  it("says that nobody answers at a PostgreSQL address, without its password", async () => {
    const databaseUrl = "postgres://auth:top-secret@127.0.0.1:1/auth";
    const { ready, findings } = await checkRegister(doctorParts({ databaseUrl }));
    expect(ready).toBe(false);
    expect(findings).toMatchObject([
      {
        check: "database",
        state: "problem",
        found: expect.stringContaining("ECONNREFUSED") as unknown,
        advice: expect.stringContaining("pg_hba.conf") as unknown,
      },
    ]);
    expect(JSON.stringify(findings)).not.toContain("top-secret");
  });

  it("finds a disk in order, nearly full, and full, to the byte", () => {
    expect(diskFinding(gibibyte)).toMatchObject({ check: "disk", state: "ok" });
    expect(diskFinding(gibibyte - 1)).toMatchObject({ check: "disk", state: "warning" });
    expect(diskFinding(0.1 * gibibyte)).toMatchObject({ check: "disk", state: "warning" });
    expect(diskFinding(0.1 * gibibyte - 1)).toMatchObject({
      check: "disk",
      state: "problem",
      advice: expect.stringContaining("make room") as unknown,
    });
  });
});
