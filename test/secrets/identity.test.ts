import { hkdfSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createEncryption, systemClock, systemRandom } from "../../src/foundation/index.ts";
import { ConfigurationError } from "../../src/operations/index.ts";
import { openIdentity } from "../../src/secrets/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

const [older, newer, newest] = [1, 2, 3].map((fill) => Buffer.alloc(32, fill)) as [
  Buffer,
  Buffer,
  Buffer,
];

describe.each(databases)("what identities derive from, on $name", ({ create }) => {
  let home: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    home = await create(migrated);
    database = openDatabase(home.url);
  });
  afterEach(async () => {
    await database.close();
    await home.drop();
  });

  const opened = async (...encryptionKeys: Buffer[]) => {
    const encryption = createEncryption(encryptionKeys, systemRandom);
    const parts = { database, encryption, encryptionKeys, clock: systemClock };
    const secretFor = await openIdentity(parts);
    return (["provider", "counters", "log references"] as const).map(secretFor);
  };
  const kept = () => database.knex("kept_secrets").pluck<string[]>("sealed");

  it("is what a node of 0.2.0 derives from the first key, beside this one and before it", async () => {
    const of = (purpose: string) => Buffer.from(hkdfSync("sha256", older, "", purpose, 32));
    const expected = ["provider", "counters", "log references"].map(of);
    expect(await opened(older, newer)).toEqual(expected);
  });

  it("stays the same when the keys rotate, and stands nowhere in clear", async () => {
    const first = await opened(older);
    expect(await opened(newer, older)).toEqual(first);
    expect(await opened(newest, newer, older)).toEqual(first);
    const [sealed = "", ...others] = await kept();
    expect(others).toEqual([]);
    expect(sealed).not.toContain(first[0]?.toString("base64url"));
    expect(sealed).toMatch(/^v1\.[\w-]{8}\./);
  });

  it("is made once, however many nodes start at the same time with keys in another order", async () => {
    const nodes = [...Array(6).keys()].map((node) =>
      node % 2 === 0 ? opened(older, newer) : opened(newer, older),
    );
    const [first, ...others] = await Promise.all(nodes);
    for (const other of others) expect(other).toEqual(first);
    expect(await kept()).toHaveLength(1);
  });

  it("is never made anew in place of one that the given keys do not open", async () => {
    await opened(older);
    const before = await kept();
    const refusal: unknown = await opened(newer).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigurationError);
    expect((refusal as ConfigurationError).problems).toEqual([
      expect.objectContaining({
        name: "ENCRYPTION_KEYS",
        expected: expect.stringContaining("the key that was used before") as unknown,
      }),
    ]);
    expect(await kept()).toEqual(before);
  });

  it("is not said to be locked where the register cannot be asked", async () => {
    await opened(older);
    await database.knex.schema.dropTable("kept_secrets");
    const fault: unknown = await opened(older).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Error);
    expect(fault).not.toBeInstanceOf(ConfigurationError);
    expect((fault as Error).message).toMatch(/kept_secrets/);
  });
});
