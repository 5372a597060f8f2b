import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { type Application, createApplication } from "../../src/application.ts";
import { days, parseEmailAddress, systemRandom } from "../../src/foundation/index.ts";
import { readSettings, silentLogger } from "../../src/operations/index.ts";
import { countOf } from "../../src/storage/some-rows.ts";
import { type TestDatabase, databases } from "../support/databases.ts";
import { seedSigningKeys, testEncryptionKey } from "../support/signing-keys.ts";

/** So many days lie between two purges, and so many purges are fourteen months. */
const stepDays = 6;
const steps = 71;

/** Rows that each step leaves in a table. */
const rowsAStep = 10;

/** Now and then more than a piece of a purge takes. */
const rowsOfFlood = 1100;

describe.each(databases)("a year on $name", (kind) => {
  let home: TestDatabase;
  let application: Application;
  let now = 1_800_000_000;

  beforeAll(async () => {
    home = await kind.create();
    await seedSigningKeys(home.url);
    const settings = readSettings(
      {
        DATABASE_URL: home.url,
        COOKIE_KEYS: "c".repeat(43),
        ENCRYPTION_KEYS: testEncryptionKey,
        PORTAL_CLIENT_SECRET: "p".repeat(43),
      },
      () => ({}),
    );
    const clock = { epochSeconds: () => now, epochMilliseconds: () => now * 1000 };
    const surroundings = {
      ...{ clock, random: systemRandom, logger: silentLogger },
      // Its clock runs ahead of the machine on purpose.
      comparesClocks: false,
    };
    application = await createApplication(settings, surroundings, { migrate: true });
  });
  afterAll(async () => {
    await application.close();
    await home.drop();
  });

  it("leaves no table larger than what is kept by the table of durations", async () => {
    const { knex } = application.database;
    const email = parseEmailAddress("jeanne@partenaire.test");
    if (!email) throw new Error("no address");
    const account = {
      sub: "jeanne",
      email,
      givenName: "J",
      familyName: "D",
      locale: "fr" as const,
    };
    await application.accounts.insert({ ...account, passwordHash: "-", clientId: undefined }, now);
    const { id: accountId } = await knex("accounts").first<{ id: number }>("id");
    const siret = "13002526500013";
    await knex("establishments").insert({ siret, created_at: now, updated_at: now });
    const sizes: Record<string, number>[] = [];
    for (let step = 0; step < steps; step += 1) {
      await live(accountId, step % 20 === 0 ? rowsOfFlood : rowsAStep);
      now += days(stepDays);
      await knex("accounts").update({ last_signed_in_at: now });
      expect((await application.purge()).refused).toEqual({});
      sizes.push(await sizeOf());
    }
    const kept = (keptDays: number) => Math.ceil(keptDays / stepDays) * rowsAStep;
    expect(sizes.at(-1)).toEqual({
      rate_limits: 0,
      sign_in_failures: 0,
      pending_sign_ups: 0,
      idempotency_keys: 0,
      used_challenges: 0,
      artifacts: 0,
      known_browsers: kept(180) - rowsAStep,
      address_changes: rowsAStep,
      outbox: kept(30),
      invitations: kept(360),
      access_requests: kept(360),
      client_invitations: kept(30),
      // What the purges of the audit record about themselves ends with its year, too.
      audit_events: expect.any(Number),
    });
    expect(sizes.at(-1)).toEqual({ ...sizes.at(-4), audit_events: expect.any(Number) });
    const audit = sizes.map(({ audit_events: size = 0 }) => size);
    expect(Math.max(...audit.slice(-5)) - Math.min(...audit.slice(-5))).toBeLessThanOrEqual(4);
  }, 240_000);

  /** What people leave in a few days, all at its end. */
  async function live(accountId: number, limited: number): Promise<void> {
    const { knex } = application.database;
    const add = async (table: string, row: (name: string) => object, count = rowsAStep) => {
      const rows = Array.from({ length: count }, () => row(randomUUID()));
      await knex.batchInsert(table, rows, 100);
    };
    const expires = { created_at: now, expires_at: now + 60 };
    await add("rate_limits", (key) => ({ key, hits: 1, window_ends_at: now + 60 }), limited);
    await add("sign_in_failures", (key) => ({
      ...{ key, failures: 1, last_failed_at: now, delayed_until_at: 0 },
    }));
    await add("known_browsers", (digest) => ({
      ...{ digest, account_sub: "jeanne", created_at: now, last_used_at: now },
    }));
    await add("pending_sign_ups", (id) => ({
      ...{ id, email: "a@partenaire.test", given_name: "A", family_name: "B", locale: "fr" },
      ...{ password_hash: "-", browser_digest: "-", letter_asked_at: now, ...expires },
    }));
    await add("address_changes", (digest) => ({
      ...{ digest, account_sub: digest, email: "b@partenaire.test", ...expires },
    }));
    await add("idempotency_keys", (digest) => ({
      ...{ digest, fingerprint: "-", owner: "-", lease_ends_at: now, expires_at: now + 60 },
    }));
    await add("used_challenges", (digest) => ({ digest, expires_at: now + 60 }));
    await add("outbox", (id) => ({
      ...{ id, channel: "mail", name: "recovery", state: "sent", attempts: 1, due_at: now },
      ...{ created_at: now, ended_at: now },
    }));
    await add("invitations", (name) => ({
      ...{ email: `${name}@partenaire.test`, siret: "13002526500013", locale: "fr" },
      ...{ invited_at: now, invited_by: "operator" },
    }));
    await add("access_requests", () => ({
      ...{ account_id: accountId, sirets: "[]", state: "waiting", asked_at: now },
    }));
    await add("client_invitations", (id) => ({
      ...{ id, digest: id, created_by: "operator", created_at: now, expires_at: now + 60 },
      ...{ uses_left: 1 },
    }));
    const signIn = { name: "signed-in", outcome: "accepted", subject: { sub: "jeanne" } } as const;
    await Promise.all(
      Array.from({ length: rowsAStep }, async () => {
        await application.artifacts.put("AccessToken", randomUUID(), { payload: {} }, 60);
        await application.record(signIn);
      }),
    );
  }

  async function sizeOf(): Promise<Record<string, number>> {
    const { knex } = application.database;
    const names = [
      ...["rate_limits", "sign_in_failures", "pending_sign_ups", "idempotency_keys"],
      ...["used_challenges", "known_browsers", "address_changes", "outbox", "access_requests"],
      ...["client_invitations", "audit_events"],
    ];
    const sizes: Record<string, number> = {};
    for (const name of names) sizes[name] = await countOf(knex(name));
    sizes["invitations"] = await countOf(knex("invitations").whereNotNull("email"));
    let artifacts = 0;
    for (let piece = 1; piece > 0; artifacts += piece)
      piece = await application.artifacts.sweep(100);
    return { ...sizes, artifacts };
  }
});
