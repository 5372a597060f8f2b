import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { systemRandom } from "../../src/foundation/index.ts";
import { databases } from "../support/databases.ts";
import { seedSigningKeys, testEncryptionKey } from "../support/signing-keys.ts";
import { type Operator, createOperator } from "./operator.ts";

describe.each(databases)("lopauth keys on $name", ({ create }) => {
  let operator: Operator;

  beforeEach(async () => {
    operator = await createOperator(create, {
      environment: { ENCRYPTION_KEYS: testEncryptionKey },
    });
  });
  afterEach(async () => {
    await operator.drop();
  });

  it("says that the provider makes the keys, before its first start", async () => {
    const listed = await operator.run("keys", "list");
    expect(listed.code).toBe(0);
    expect(listed.out).toContain("There is no key yet");
    const rotated = await operator.run("keys", "rotate");
    expect(rotated).toMatchObject({ code: 1, out: "" });
    expect(rotated.err).toContain("there is no key yet");
  });

  it("lists each key with its dates, and never a private part", async () => {
    await seedSigningKeys(operator.databaseUrl);
    const { code, out, document } = await operator.run("keys", "list", "--json");
    expect(code).toBe(0);
    const keys = document() as { alg: string; state: string }[];
    expect(keys.map(({ alg, state }) => `${alg} ${state}`).sort()).toEqual(
      ["ES256", "EdDSA", "PS256", "RS256"].flatMap((alg) => [`${alg} current`, `${alg} next`]),
    );
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(
      ["alg", "created_at", "current_since", "kid", "retired_at", "state"].sort(),
    );
    expect(out).not.toContain("v1.");
  });

  it("encrypts anew what other keys hold, and says what none of them opens", async () => {
    await seedSigningKeys(operator.databaseUrl);
    await operator.run("keys", "list");
    const newKey = systemRandom.secret();
    const rotated = { ENCRYPTION_KEYS: `${newKey},${testEncryptionKey}` };
    const first = await operator.runWith(rotated, "keys", "reencrypt", "--json");
    expect(first.code).toBe(0);
    expect(first.document()).toMatchObject({
      tables: {
        signing_keys: { reencrypted: 8, unreadable: 0 },
        kept_secrets: { reencrypted: 1, unreadable: 0 },
        totp_factors: { reencrypted: 0, unreadable: 0 },
      },
    });
    const again = await operator.runWith({ ENCRYPTION_KEYS: newKey }, "keys", "reencrypt");
    expect(again.out).toMatch(/^signing_keys +0 encrypted anew$/m);
    await operator.database.knex("signing_keys").update({ encrypted_jwk: "v1.AAAAAAAA.A.A" });
    const lost = await operator.runWith({ ENCRYPTION_KEYS: newKey }, "keys", "reencrypt");
    expect(lost.code).toBe(1);
    expect(lost.err).toContain("8 values are left as they are: add the key that holds them");
  });

  it("rotates once, and says how long the next rotation must wait", async () => {
    await seedSigningKeys(operator.databaseUrl);
    const first = await operator.run("keys", "rotate", "--json");
    expect(first.code).toBe(0);
    expect(first.document()).toMatchObject({ promoted: [{ alg: "RS256" }, {}, {}, {}] });
    const second = await operator.run("keys", "rotate");
    expect(second).toMatchObject({ code: 1, out: "" });
    expect(second.err).toMatch(/try again in \d+ s/);
  });

  it("revokes one, says what that breaks, and is an event", async () => {
    await seedSigningKeys(operator.databaseUrl);
    const keys = async () =>
      (await operator.run("keys", "list", "--json")).document() as {
        kid: string;
        alg: string;
        state: string;
      }[];
    const kidOf = async (state: string) =>
      (await keys()).find((key) => key.alg === "ES256" && key.state === state)?.kid ?? "";
    const [current, next] = [await kidOf("current"), await kidOf("next")];
    const { code, out } = await operator.run("keys", "revoke", current);
    expect(code).toBe(0);
    expect(out).toContain(`ES256: ${current} (current) is gone.`);
    expect(out).toContain(`ES256: ${next} signs from now on.`);
    expect(out).toContain("What it signed verifies no more");
    expect(await kidOf("current")).toBe(next);
    const waiting = await operator.run("keys", "revoke", await kidOf("next"), "--json");
    expect(waiting.document()).toMatchObject({ revoked: { state: "next" }, signs_now: null });
    const unknown = await operator.run("keys", "revoke", current);
    expect(unknown.err).toContain('KID must be the kid of a key of "lopauth keys list"');
    const events = await operator.database.knex("audit_events").orderBy("seq").select("*");
    expect(events).toMatchObject([
      { event: "signing-key-revoked", actor: "operator" },
      { event: "signing-key-revoked", actor: "operator" },
    ]);
  });
});
