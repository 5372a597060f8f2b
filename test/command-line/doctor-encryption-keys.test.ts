import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Finding } from "../../src/command-line/doctor-finding.ts";
import { systemRandom } from "../../src/foundation/index.ts";
import { databases } from "../support/databases.ts";
import { seedSigningKeys, testEncryptionKey } from "../support/signing-keys.ts";
import { type Operator, createOperator } from "./operator.ts";

describe.each(databases)("the doctor's look at ENCRYPTION_KEYS on $name", ({ create }) => {
  let operator: Operator;
  const newKey = systemRandom.secret();

  beforeEach(async () => {
    operator = await createOperator(create, {
      environment: { ENCRYPTION_KEYS: testEncryptionKey },
    });
    await seedSigningKeys(operator.databaseUrl);
    await operator.run("keys", "list");
  });
  afterEach(async () => {
    await operator.drop();
  });

  const check = async (...keys: string[]) => {
    const { out } = await operator.runWith({ ENCRYPTION_KEYS: keys.join() }, "doctor", "--json");
    const all = JSON.parse(out) as Finding[];
    return all.filter((finding) => finding.check === "encryption");
  };

  it("counts what each key holds over all tables, and says when the old one may go", async () => {
    expect(await check(testEncryptionKey)).toMatchObject([
      {
        state: "ok",
        found: expect.stringMatching(
          /^key 1 of ENCRYPTION_KEYS \([\w-]{8}\) encrypts, and holds 1 of kept_secrets, 8 of signing_keys$/,
        ) as unknown,
      },
    ]);
    expect(await check(newKey, testEncryptionKey)).toMatchObject([
      { state: "ok", found: expect.stringContaining("holds nothing") as unknown },
      {
        state: "warning",
        found: expect.stringContaining(
          "still holds 1 of kept_secrets, 8 of signing_keys",
        ) as unknown,
        advice: expect.stringContaining("lopauth keys reencrypt") as unknown,
      },
    ]);
    await operator.runWith(
      { ENCRYPTION_KEYS: `${newKey},${testEncryptionKey}` },
      "keys",
      "reencrypt",
    );
    expect(await check(newKey, testEncryptionKey)).toMatchObject([
      { state: "ok" },
      {
        state: "ok",
        found: expect.stringMatching(/^key 2 .* holds nothing$/) as unknown,
        advice: expect.stringContaining("it may go") as unknown,
      },
    ]);
  });

  it("names a key that is missing, and what is lost without it", async () => {
    await operator.database.knex("signing_keys").where({ alg: "ES256" }).delete();
    const sealed = `v1.${"A".repeat(8)}.${"A".repeat(16)}.AAAA`;
    await operator.database.knex("totp_factors").insert({
      ...{ account_sub: "s", secret: sealed, last_step: 0, created_at: 0 },
    });
    expect(await check(testEncryptionKey)).toMatchObject([
      { state: "ok" },
      {
        state: "problem",
        found: "AAAAAAAA, a key that is not given, holds 1 of totp_factors",
      },
    ]);
    expect(await check(newKey)).toMatchObject([
      { state: "problem", advice: expect.stringContaining("does not start") as unknown },
    ]);
  });
});
