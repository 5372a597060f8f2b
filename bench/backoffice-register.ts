import { hashSync } from "@node-rs/argon2";
import { openAudit } from "../src/audit/index.ts";
import {
  createEncryption,
  silentTelemetry,
  systemClock,
  systemRandom,
} from "../src/foundation/index.ts";
import { createLogger } from "../src/operations/index.ts";
import { type Database, Maintenance, migrate, openDatabase } from "../src/storage/index.ts";
import { seedManyAccounts } from "./many-accounts.ts";
import type { Place } from "./provider-settings.ts";
import { benchEmail, benchPassword } from "./targets.ts";

/** What the register of the back office's pages holds, and what of it pages are opened of. */
export const seeded = {
  accounts: 100_000,
  events: 20_000,
  request: "1",
  invitation: "1",
  care: "1",
  colleagueRequest: "1",
  client: "bench-registered",
  stream: "bench-stream",
  waiting: "bench-waiting-1",
  colleague: "bench-colleague-1",
} as const;

const day = 86_400;
const siret = "13002526500013";
const siren = siret.slice(0, 9);

/**
 * Fills the empty register of a place. Its events are signed by the place's own key: the server starts on no others. Rows by the hundred thousand are not
 * written within the time limit of a request.
 */
export async function fillBackoffice({ databaseUrl, env }: Place): Promise<void> {
  const database = openDatabase(databaseUrl, { connections: 8, timeoutSeconds: undefined });
  await migrate(database);
  await seedManyAccounts(database, seeded.accounts);
  await seedStaff(database);
  const keys = (env["ENCRYPTION_KEYS"] ?? "").split(",");
  await seedEvents(
    database,
    keys.map((key) => Buffer.from(key, "base64url")),
  );
  const accountIds = await database
    .knex("accounts")
    .orderBy("id")
    .limit(2000)
    .pluck<number[]>("id");
  await seedWork(database, accountIds);
  await seedOrganisations(database, accountIds);
  await seedMachines(database);
  await database.close();
}

const rows = <Row>(count: number, row: (place: number) => Row) =>
  Array.from({ length: count }, (_, place) => row(place));

async function seedStaff({ knex }: Database): Promise<void> {
  const member = {
    ...{ locale: "fr", state: "active", email_verified_at: 1 },
    ...{ credentials_changed_at: 0, created_at: 1, updated_at: 1 },
  };
  await knex("accounts").insert({
    ...{ ...member, sub: "bench-admin", email: benchEmail(0), role: "admin" },
    ...{ given_name: "Anne", family_name: "Admin" },
    password_hash: hashSync(benchPassword, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
  });
  const colleagues = rows(20, (place) => ({
    ...{ ...member, sub: `bench-colleague-${String(place + 1)}`, role: "agent" },
    ...{ email: `collegue.${String(place)}@bench.test`, given_name: "Camille" },
    family_name: "Agent",
  }));
  await knex.batchInsert("accounts", colleagues, 20);
}

/** What waits: two thousand requests and invitations, a thousand sign-ups that are stuck, and ten thousand accesses that end. */
async function seedWork({ knex }: Database, accountIds: readonly number[]): Promise<void> {
  const now = systemClock.epochSeconds();
  const requests = accountIds.map((account_id, place) => ({
    ...{ account_id, sirets: siret, state: "waiting" },
    asked_at: now - (place % 20) * day,
  }));
  const invitations = rows(2000, (place) => ({
    ...{ email: `invite.${String(place)}@bench.test`, siret, locale: "fr" },
    ...{ invited_at: now - day, invited_by: "operator" },
  }));
  const signUps = rows(1000, (place) => ({
    ...{ id: `bench-${String(place)}`, email: `inscrit.${String(place)}@bench.test` },
    ...{ given_name: "Inscrit", family_name: "Bloqué", locale: "fr", password_hash: "-" },
    ...{ browser_digest: "-", letter_asked_at: now - 2 * day, created_at: now - 2 * day },
    expires_at: now + 5 * day,
  }));
  await knex.batchInsert("access_requests", requests, 200);
  await knex.batchInsert("invitations", invitations, 200);
  await knex.batchInsert("pending_sign_ups", signUps, 200);
  await knex("accesses")
    .where({ siret })
    .update({ until_at: now + 10 * day, end_announced_at: now });
}

/** Two hundred cares, as many as their page lists, of one organisation of ten thousand; and two thousand requests. */
async function seedOrganisations({ knex }: Database, accountIds: readonly number[]): Promise<void> {
  const now = systemClock.epochSeconds();
  const cares = accountIds.slice(0, 200).map((account_id) => ({
    ...{ account_id, siren, given_at: now, given_by: "operator" },
  }));
  const requests = accountIds.map((account_id, place) => ({
    ...{ account_id, siren, kind: "open", siret, state: "waiting" },
    ...{ email: `nouveau.${String(place)}@bench.test`, asked_at: now - (place % 20) * day },
  }));
  await knex.batchInsert("organisation_cares", cares, 100);
  await knex.batchInsert("colleague_requests", requests, 100);
}

/** A client that is edited, twenty streams, and of letters two thousand that failed and as many that wait for another day. */
async function seedMachines({ knex }: Database): Promise<void> {
  const now = systemClock.epochSeconds();
  await knex("clients").insert({
    client_id: seeded.client,
    metadata: JSON.stringify({
      ...{ client_id: seeded.client, client_name: "Bench", scope: "openid" },
      ...{ redirect_uris: ["https://bench.example/callback"], token_endpoint_auth_method: "none" },
    }),
    ...{ registered_at: now, registered_by: "operator" },
  });
  const streams = rows(20, (place) => ({
    ...{ stream_id: place === 0 ? seeded.stream : `${seeded.stream}-${String(place)}` },
    ...{ client_id: place === 0 ? "bench" : `bench-${String(place)}`, slot: 1, status: "enabled" },
    ...{ status_by: "receiver", events_requested: "[]", created_at: now, verified_at: now },
  }));
  await knex.batchInsert("signal_streams", streams, 20);
  const letter = { channel: "mail", name: "accounts/recovery", attempts: 1, created_at: now };
  const letters = rows(4000, (place) => ({
    ...{ ...letter, id: `bench-${place % 2 === 0 ? "failed" : "waiting"}-${String(place)}` },
    ...{ due_at: now + 30 * day, account_sub: `bench-many-${String(place + 1)}` },
    ...(place % 2 === 0 ? { state: "failed", ended_at: now } : { state: "waiting" }),
  }));
  await knex.batchInsert("outbox", letters, 100);
}

async function seedEvents(database: Database, encryptionKeys: Buffer[]): Promise<void> {
  const logger = createLogger({ level: "silent", format: "json", clock: systemClock });
  const secretFor = () => Buffer.alloc(32);
  const encryption = createEncryption(encryptionKeys, systemRandom);
  const ground = {
    ...{ database, clock: systemClock, random: systemRandom, logger, secretFor, encryption },
    ...{ settings: { encryptionKeys, auditKeys: [] }, telemetry: silentTelemetry },
    maintenance: new Maintenance(systemClock),
  };
  const { audit } = openAudit({ ground }).acts;
  const wave = 1000;
  for (let done = 0; done < seeded.events; done += wave) {
    const appended = Array.from({ length: wave }, (_, index) =>
      audit.append({
        ...{ name: "signed-in", outcome: "accepted", clientId: "bench" },
        ...{ subject: { sub: `bench-many-${done + index + 1}` }, clientAddress: "192.0.2.1" },
      }),
    );
    await Promise.all(appended);
  }
}
