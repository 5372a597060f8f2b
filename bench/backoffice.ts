import { hashSync } from "@node-rs/argon2";
import { openArtifactStore } from "../src/artifacts/index.ts";
import { openAudit } from "../src/audit/index.ts";
import {
  createEncryption,
  silentTelemetry,
  systemClock,
  systemRandom,
} from "../src/foundation/index.ts";
import { createLogger } from "../src/operations/index.ts";
import { Maintenance, type Database, migrate, openDatabase } from "../src/storage/index.ts";
import { type Visitor, expect, newVisitor, signIn } from "./flows.ts";
import { openConnection } from "./http-connection.ts";
import { seedManyAccounts } from "./many-accounts.ts";
import { median, percentile, rounded } from "./measure.ts";
import { askServer, freePort, startChild } from "./processes.ts";
import { preparePlace } from "./provider-settings.ts";
import { benchEmail, benchPassword } from "./targets.ts";

/** How long pages of the back office take, in ms. */
export interface BackofficeCost {
  readonly accounts: number;
  readonly events: number;
  /** The median of the slowest page, and which one it is. */
  readonly slowestMedian: number;
  readonly slowest: string;
  /** The worst of all answers. */
  readonly worst: number;
  /** The median of each page. */
  readonly pages: Readonly<Record<string, number>>;
}

const accounts = 100_000;
const events = 20_000;
const rounds = 30;
const subject = "/admin/accounts/bench-many-50001";

/** Every page of the back office that is looked at, with its everyday and its awkward questions. */
const pages = [
  "/admin",
  "/admin?before=50000",
  "/admin?q=durand",
  "/admin?q=zzz",
  "/admin?q=personne.77777@partenaire-2777.com",
  "/admin?q=130025265",
  "/admin?q=13002526500013",
  "/admin/endings",
  "/admin/sign-ups",
  "/admin/requests",
  "/admin/requests?state=waiting&older=7",
  "/admin/invitations",
  subject,
  `${subject}/open`,
  `${subject}/close`,
  `${subject}/claims?client=bench`,
  `${subject}/delete`,
  "/admin/import",
  "/admin/audit",
  "/admin/audit?event=signed-in&before=500",
  "/admin/audit?event=account-deleted",
  "/admin/audit?person=bench-many-50001",
  "/admin/audit?since=2020-01-01&until=2020-12-31",
  "/admin/audit?event=signed-in&outcome=refused&since=2020-01-01",
  "/admin/audit?siret=13002526500013",
  "/admin/audit?client=bench",
  "/admin/audit?client=nobodys",
  "/admin/clients",
  "/admin/clients/new",
  "/admin/clients/bench",
  "/admin/members",
];

/** Measures each page, one request at a time, as an admin meets it, on a register of 100 000 accounts. */
export async function measureBackoffice(databaseUrl: string | undefined): Promise<BackofficeCost> {
  const port = await freePort();
  const place = await preparePlace(databaseUrl, port);
  try {
    await fill(place.databaseUrl);
    const server = await startChild("server.ts", { env: place.env });
    const connection = await openConnection(port);
    const visitor = newVisitor(connection);
    await signIn(visitor, 0);
    await proveSecondFactor(visitor, place.databaseUrl);
    const measured = new Map<string, number[]>();
    for (const page of pages) measured.set(page, await measure(visitor, page));
    connection.close();
    await askServer(server, { ask: "stop" });
    await server.ended();
    return costOf(measured);
  } finally {
    await place.remove();
  }
}

function costOf(measured: ReadonlyMap<string, readonly number[]>): BackofficeCost {
  const medians = [...measured].map(([page, all]) => [page, rounded(median(all))] as const);
  const [slowest = "", slowestMedian = 0] = medians.toSorted((a, b) => b[1] - a[1])[0] ?? [];
  const worst = percentile([...measured.values()].flat(), 1);
  return { accounts, events, slowestMedian, slowest, worst, pages: Object.fromEntries(medians) };
}

async function measure(visitor: Visitor, path: string): Promise<number[]> {
  const milliseconds: number[] = [];
  const cookie = cookieOf(visitor);
  for (let round = 0; round <= rounds; round++) {
    const startedAt = performance.now();
    expect(await visitor.connection.send({ method: "GET", path, headers: { cookie } }), 200);
    // The first one compiles the template.
    if (round > 0) milliseconds.push(performance.now() - startedAt);
  }
  return milliseconds;
}

async function fill(url: string): Promise<void> {
  const database = openDatabase(url);
  await migrate(database);
  await seedManyAccounts(database, accounts);
  await database.knex("accounts").insert({
    ...{ sub: "bench-admin", email: benchEmail(0), given_name: "Anne", family_name: "Admin" },
    ...{ locale: "fr", state: "active", role: "admin", email_verified_at: 1 },
    ...{ credentials_changed_at: 0, created_at: 1, updated_at: 1 },
    password_hash: hashSync(benchPassword, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
  });
  await seedEvents(database);
  await seedWork(database);
  await database.close();
}

/** What waits: two thousand requests and invitations, a thousand sign-ups that are stuck, and ten thousand accesses that end. */
async function seedWork({ knex }: Database): Promise<void> {
  const now = systemClock.epochSeconds();
  const day = 86_400;
  const accountOf = new Map(
    (await knex("accounts").orderBy("id").limit(2000).select<{ id: number }[]>("id")).map(
      ({ id }, place) => [place, id] as const,
    ),
  );
  const rows = <Row>(count: number, row: (place: number) => Row) =>
    Array.from({ length: count }, (_, place) => row(place));
  const requests = rows(2000, (place) => ({
    ...{ account_id: accountOf.get(place), sirets: "13002526500013", state: "waiting" },
    asked_at: now - (place % 20) * day,
  }));
  const invitations = rows(2000, (place) => ({
    ...{ email: `invite.${String(place)}@bench.test`, siret: "13002526500013", locale: "fr" },
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
    .where("siret", "13002526500013")
    .update({ until_at: now + 10 * day, end_announced_at: now });
}

async function seedEvents(database: Database): Promise<void> {
  const logger = createLogger({ level: "silent", format: "json", clock: systemClock });
  const secretFor = () => Buffer.alloc(32);
  const encryptionKeys = [Buffer.alloc(32, "bench")];
  const encryption = createEncryption(encryptionKeys, systemRandom);
  const ground = {
    ...{ database, clock: systemClock, random: systemRandom, logger, secretFor, encryption },
    ...{ settings: { encryptionKeys, auditKeys: [] }, telemetry: silentTelemetry },
    maintenance: new Maintenance(systemClock),
  };
  const { audit } = openAudit({ ground }).acts;
  const wave = 1000;
  for (let done = 0; done < events; done += wave) {
    const appended = Array.from({ length: wave }, (_, index) =>
      audit.append({
        ...{ name: "signed-in", outcome: "accepted", clientId: "bench" },
        ...{ subject: { sub: `bench-many-${done + index + 1}` }, clientAddress: "192.0.2.1" },
      }),
    );
    await Promise.all(appended);
  }
}

/** The session as it is once a second factor was used: what is measured are the pages. */
async function proveSecondFactor(visitor: Visitor, databaseUrl: string): Promise<void> {
  // Held from now on, and after the sign-in, which would ask for it: it opens the back office as long as it is held.
  const database = openDatabase(databaseUrl);
  await database.knex("accounts").where({ sub: "bench-admin" }).update({ staff_term: "bench" });
  await database.knex("totp_factors").insert({
    ...{
      account_sub: "bench-admin",
      secret: "-",
      last_step: 0,
      created_at: 1,
      staff_term: "bench",
    },
  });
  await database.close();
  const artifacts = openArtifactStore(databaseUrl, systemClock);
  for (const jti of visitor.cookies.values()) {
    const found = await artifacts.find("Session", jti);
    if (!found) continue;
    const payload = { ...found.payload, amr: ["pwd", "otp", "mfa"] };
    const { accountId, uid } = payload as { accountId?: string; uid?: string };
    await artifacts.put("Session", jti, { payload, accountId, uid }, 3600);
  }
  await artifacts.close();
}

function cookieOf({ cookies }: Visitor): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}
