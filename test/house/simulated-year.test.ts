import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { type Application, createApplication } from "../../src/application.ts";
import { artifactsPath } from "../../src/artifacts/index.ts";
import { days, parseEmailAddress, systemRandom } from "../../src/foundation/index.ts";
import { readSettings, silentLogger } from "../../src/operations/index.ts";
import { countOf } from "../../src/storage/some-rows.ts";
import type { Knex } from "knex";
import { type TestDatabase, databases } from "../support/databases.ts";
import { testEncryptionKey, withSigningKeys } from "../support/signing-keys.ts";

/** So many days lie between two purges, and so many purges are fourteen months. */
const stepDays = 15;
const steps = 29;

/** Rows that each step leaves in a table. */
const rowsAStep = 10;

/** Now and then more than a piece of a purge takes. */
const rowsOfFlood = 1100;

const siret = "13002526500013";

/** What is left of a table of so many days: rows of each step whose time is not over. */
const kept = (keptDays: number) => Math.ceil(keptDays / stepDays) * rowsAStep;

/** What people and programs leave in a table in a few days, and what of it stays when a year has passed. */
interface Lived {
  /** One row of many; `name` is another each time. */
  readonly row: (name: string, now: number, accountId: number) => object;
  /** More of them now and then. */
  readonly isFlooded?: boolean;
  readonly left: number;
  /** Which rows count, where a purge erases columns and keeps the row. */
  readonly counted?: (rows: Knex.QueryBuilder) => void;
}

const soon = (now: number) => ({ created_at: now, expires_at: now + 60 });

/** Every table that a purge claims, but for those that are filled by what writes them. */
const tables: Readonly<Record<string, Lived>> = {
  rate_limits: {
    row: (key, now) => ({ key, hits: 1, window_ends_at: now + 60 }),
    isFlooded: true,
    left: 0,
  },
  sign_in_failures: {
    row: (key, now) => ({ key, failures: 1, last_failed_at: now, delayed_until_at: 0 }),
    left: 0,
  },
  known_browsers: {
    row: (digest, now) => ({ digest, account_sub: "jeanne", created_at: now, last_used_at: now }),
    left: kept(180) - rowsAStep,
  },
  pending_sign_ups: {
    row: (id, now) => ({
      ...{ id, email: "a@partenaire.test", given_name: "A", family_name: "B", locale: "fr" },
      ...{ password_hash: "-", browser_digest: "-", letter_asked_at: now, ...soon(now) },
    }),
    left: 0,
  },
  one_time_tokens: {
    row: (digest, now) => ({
      ...{ digest, purpose: "recovery", email: "a@partenaire.test", ...soon(now) },
    }),
    // Digest and client stay: « Se connecter » behind an old link leads back after any time.
    counted: (rows) => void rows.whereNot({ email: "" }),
    left: 0,
  },
  address_changes: {
    row: (digest, now) => ({
      ...{ digest, account_sub: digest, email: "b@partenaire.test", ...soon(now) },
    }),
    left: 0,
  },
  kept_forms: {
    row: (id, now) => ({ id_digest: id, account_sub: id, sealed: "-", expires_at: now + 60 }),
    left: 0,
  },
  idempotency_keys: {
    row: (digest, now) => ({
      ...{ digest, fingerprint: "-", owner: "-", lease_ends_at: now, expires_at: now + 60 },
    }),
    left: 0,
  },
  used_challenges: { row: (digest, now) => ({ digest, expires_at: now + 60 }), left: 0 },
  enrolment_codes: {
    row: (sub, now) => ({
      ...{ account_sub: sub, digest: sub, staff_term: "-", role: "agent", ...soon(now) },
    }),
    left: 0,
  },
  outbox: {
    row: (id, now) => ({
      ...{ id, channel: "mail", name: "recovery", state: "sent", attempts: 1, due_at: now },
      ...{ created_at: now, ended_at: now },
    }),
    left: kept(30),
  },
  recipient_letters: {
    row: (recipient, now) => ({ recipient, letter: "recovery", written_1: now }),
    left: 0,
  },
  refused_addresses: {
    row: (recipient, now) => ({ recipient, reason: "user-unknown", refused_at: now }),
    left: kept(360),
  },
  invitations: {
    row: (name, now) => ({
      ...{ email: `${name}@partenaire.test`, siret, locale: "fr" },
      ...{ invited_at: now, invited_by: "operator" },
    }),
    counted: (rows) => void rows.whereNotNull("email"),
    left: kept(360),
  },
  organisation_cares: {
    row: (_name, now, accountId) => ({
      ...{ account_id: accountId, siren: "130025265", given_at: now, given_by: "operator" },
      ...{ ended_at: now, ended_by: "operator" },
    }),
    left: kept(360),
  },
  colleague_requests: {
    row: (name, now, accountId) => ({
      ...{ account_id: accountId, siren: "130025265", kind: "open", siret, state: "refused" },
      ...{ email: `${name}@partenaire.test`, asked_at: now, decided_at: now },
    }),
    left: kept(360),
  },
  access_requests: {
    row: (_name, now, accountId) => ({
      ...{ account_id: accountId, sirets: "[]", state: "waiting", asked_at: now },
    }),
    left: kept(360),
  },
  request_notices: {
    // Of who is of the staff no more.
    row: (sub, now) => ({
      ...{ account_sub: sub, staff_term: "-", choice: "daily", chosen_at: now, told_until: now },
    }),
    left: 0,
  },
  client_invitations: {
    row: (id, now) => ({ id, digest: id, created_by: "operator", uses_left: 1, ...soon(now) }),
    left: kept(30),
  },
  application_uses: {
    row: (sub, now) => ({ account_sub: sub, client_id: "portal", last_used_at: now }),
    left: kept(30),
  },
  // Of the last step: nobody has known their client for twelve hours only at the next.
  signal_streams: {
    // Of a client that is no more.
    row: (id, now) => ({
      ...{ stream_id: id, client_id: id, slot: 1, status: "enabled", status_by: "operator" },
      ...{ events_requested: "[]", created_at: now, verified_at: now },
    }),
    left: rowsAStep,
  },
  signal_events: {
    row: (id, now) => ({
      ...{ id, stream_id: "-", name: "session-revoked", sequence: now, encrypted_event: "-" },
      created_at: now,
    }),
    left: 0,
  },
};

/** Filled by what writes them, and looked at below; those who signed in lately keep their account. */
const others = ["accounts", "artifacts", "audit_events", "frozen_establishments"];

describe.each(databases)("a year on $name", (kind) => {
  let home: TestDatabase;
  let application: Application;
  let now = 1_800_000_000;

  beforeAll(async () => {
    home = await kind.create(withSigningKeys);
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

  it("fills every table that a purge claims: a new one has its rows in `tables`, above", () => {
    const claimed = application.rooms
      .flatMap((room) => room.tables)
      .filter(({ purge }) => !("because" in purge))
      .map(({ table }) => table);
    // Swept with artifacts.
    expect(Object.keys(tables).concat(others).sort()).toEqual(
      [...claimed, "frozen_establishments"].sort(),
    );
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
    await knex("establishments").insert({ siret, created_at: now, updated_at: now });
    const sizes: Record<string, number>[] = [];
    for (let step = 0; step < steps; step += 1) {
      await live(accountId, step % 10 === 0 ? rowsOfFlood : rowsAStep);
      const filled = await sizeOf();
      const empty = Object.keys(filled).filter((name) => (filled[name] ?? 0) === 0);
      expect(empty).toEqual([]);
      now += days(stepDays);
      await knex("accounts").update({ last_signed_in_at: now });
      expect((await application.purge()).refused).toEqual({});
      sizes.push(await sizeOf());
    }
    expect(sizes.at(-1)).toEqual({
      ...Object.fromEntries(Object.entries(tables).map(([name, { left }]) => [name, left])),
      accounts: 1,
      artifacts: 0,
      frozen_establishments: 0,
      // What the purges of the audit record about themselves ends with its year, too.
      audit_events: expect.any(Number),
    });
    expect(sizes.at(-1)).toEqual({ ...sizes.at(-4), audit_events: expect.any(Number) });
    const audit = sizes.map(({ audit_events: size = 0 }) => size);
    expect(Math.max(...audit.slice(-4)) - Math.min(...audit.slice(-4))).toBeLessThanOrEqual(4);
  }, 240_000);

  /** What people leave in a few days, all at its end. */
  async function live(accountId: number, flood: number): Promise<void> {
    await application.database.transaction(async (transaction) => {
      for (const [table, { row, isFlooded }] of Object.entries(tables)) {
        const length = isFlooded ? flood : rowsAStep;
        const rows = Array.from({ length }, () => row(randomUUID(), now, accountId));
        await transaction.batchInsert(table, rows, 50);
      }
    });
    const signIn = { name: "signed-in", outcome: "accepted", subject: { sub: "jeanne" } } as const;
    const frozen = { accountId: "jeanne", clientId: "portal", siret, outlivesSession: true };
    await Promise.all(
      Array.from({ length: rowsAStep }, async () => {
        const { artifacts } = application;
        await artifacts.put("AccessToken", randomUUID(), { payload: {} }, 60);
        await artifacts.freezeEstablishment(randomUUID(), frozen, 60);
        await application.record(signIn);
      }),
    );
  }

  async function sizeOf(): Promise<Record<string, number>> {
    const { knex, dialect } = application.database;
    const sizes: Record<string, number> = {};
    for (const [name, { counted = () => undefined }] of Object.entries(tables)) {
      const rows = knex(name);
      counted(rows);
      sizes[name] = await countOf(rows);
    }
    for (const name of ["accounts", "audit_events"]) sizes[name] = await countOf(knex(name));
    const inArtifacts = ["artifacts", "frozen_establishments"];
    if (dialect === "postgres") {
      for (const name of inArtifacts) sizes[name] = await countOf(knex(name));
      return sizes;
    }
    const file = new DatabaseSync(artifactsPath(home.url), { readOnly: true });
    for (const name of inArtifacts) {
      sizes[name] = Number(file.prepare(`SELECT count(*) AS count FROM ${name}`).get()?.["count"]);
    }
    file.close();
    return sizes;
  }
});
