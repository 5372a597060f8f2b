import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { artifactsPath } from "../src/artifacts/index.ts";
import { openDatabase } from "../src/storage/index.ts";
import type { RoundResult } from "./closed-loop.ts";
import { median } from "./measure.ts";
import { seedManyAccounts } from "./many-accounts.ts";
import type { Options } from "./options.ts";
import { type Child, askServer, orderLoad } from "./processes.ts";
import { type Report, note } from "./report.ts";
import type { Target } from "./targets.ts";
import type { WorkloadName } from "./workloads.ts";

const manyAccounts = 1_000_000;
/** Rows of one insertion: the server writes in between. */
const batch = 100_000;
/** For each artifact that lives, so many have just expired when the sweep begins. */
const expiredShare = 0.1;
const livingSeconds = 86_400;
/** Long enough ago that the sweep takes them: it leaves what has just expired alone. */
const expiredSeconds = 3600;

const lookUps = ["refresh", "userinfo", "introspection", "code-flow-session-kept"] as const;

/** What the workload `large` is measured on. */
export interface LargeSurroundings {
  readonly target: Target;
  /** The bare provider, asked in turn: the machine itself may be faster before than after. */
  readonly bare: Target;
  readonly server: Child;
  readonly client: Child;
  readonly options: Options;
  readonly report: Report;
  readonly databaseUrl: string;
}

/**
 * Fills the register with a million accounts and the artifacts with millions: look-ups take as long as before, and the
 * sweep removes more than the busiest workload leaves.
 */
export async function measureLarge(
  surroundings: LargeSurroundings,
  millions: number,
): Promise<void> {
  const { server, report, databaseUrl } = surroundings;
  const before = await measureLookUps(surroundings);
  note(`large: ${manyAccounts} accounts and ${millions} million artifacts`);
  const register = openDatabase(databaseUrl, { connections: 2, timeoutSeconds: undefined });
  await seedManyAccounts(register, manyAccounts);
  await register.close();
  const startedAt = performance.now();
  await fillArtifacts(databaseUrl, millions * 1_000_000, livingSeconds);
  const fillSeconds = (performance.now() - startedAt) / 1000;
  const after = await measureLookUps(surroundings);
  const growth = lookUps.map((name) => growthOf(before[name], after[name]));
  await fillArtifacts(databaseUrl, millions * 1_000_000 * expiredShare, -expiredSeconds);
  // What the busiest flow leaves behind: a code, two tokens and a session write.
  const flows = load(surroundings, surroundings.target, "code-flow-session-kept");
  const swept = await askServer<{ rows: number; seconds: number }>(server, { ask: "sweep" });
  const { perSecond } = await flows;
  const sweptPerSecond = swept.rows / swept.seconds;
  const leftPerSecond = perSecond * artifactsAFlow;
  report.line("large", {
    lookUpGrowth: Math.max(...growth),
    growthByWorkload: Object.fromEntries(lookUps.map((name, index) => [name, growth[index]])),
    ...{ before, after },
    sweepKeepsUp: sweptPerSecond / leftPerSecond,
    sweptPerSecond,
    leftPerSecond,
    sweptRows: swept.rows,
    fillSeconds,
  });
}

/** Rows that one code flow in a kept session adds: a code, an access token, a refresh token. */
const artifactsAFlow = 3;

function growthOf(before: LookUp | undefined, after: LookUp | undefined): number {
  return (after?.ofBare ?? Number.NaN) / (before?.ofBare ?? Number.NaN);
}

/** How long one takes. */
interface LookUp {
  /** The median latency, ms. */
  readonly p50: number;
  /** The same ÷ that of the bare provider in the same round, which knows nothing of our rows. */
  readonly ofBare: number;
}

async function measureLookUps(
  surroundings: LargeSurroundings,
): Promise<Partial<Record<WorkloadName, LookUp>>> {
  const results: Partial<Record<WorkloadName, LookUp>> = {};
  for (const name of lookUps) {
    const rounds: LookUp[] = [];
    for (let round = 0; round < surroundings.options.rounds; round++) {
      const { p50 } = await load(surroundings, surroundings.target, name);
      const bare = await load(surroundings, surroundings.bare, name);
      rounds.push({ p50, ofBare: p50 / bare.p50 });
    }
    const middle = (pick: (round: LookUp) => number) => median(rounds.map(pick));
    results[name] = { p50: middle(({ p50 }) => p50), ofBare: middle(({ ofBare }) => ofBare) };
  }
  return results;
}

function load(
  { client, options }: LargeSurroundings,
  target: Target,
  workload: WorkloadName,
): Promise<RoundResult> {
  note(`large: ${workload}`);
  return orderLoad(client, "closedLoop", { ...options, workload, target });
}

async function fillArtifacts(
  databaseUrl: string,
  rows: number,
  lifeSeconds: number,
): Promise<void> {
  const insert = databaseUrl.startsWith("postgres")
    ? await intoPostgres(databaseUrl)
    : intoSqlite(databaseUrl);
  for (let done = 0; done < rows; done += batch) {
    await insert.batch(Math.floor(Date.now() / 1000) + lifeSeconds);
    if ((done / batch) % 10 === 9) note(`large: ${(done + batch) / 1_000_000} million`);
  }
  await insert.end();
}

interface Insertion {
  readonly batch: (expiresAt: number) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** As long as the payload of an access token. */
const payload = JSON.stringify({ filler: "x".repeat(350) });

function intoSqlite(databaseUrl: string): Insertion {
  const database = new DatabaseSync(artifactsPath(databaseUrl), { timeout: 30_000 });
  database.exec("PRAGMA cache_size = -4000000; PRAGMA synchronous = OFF");
  const statement = database.prepare(`
    WITH RECURSIVE counted(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM counted WHERE number < ${batch})
    INSERT INTO artifacts (model, id, payload, account_id, client_id, grant_id, expires_at)
    SELECT 'AccessToken', hex(randomblob(21)), ?, 'bench-' || (number % ${manyAccounts}), 'bench', hex(randomblob(21)), ?
    FROM counted`);
  return {
    batch: (expiresAt) => {
      statement.run(payload, expiresAt);
      return Promise.resolve();
    },
    end: () => {
      database.close();
      return Promise.resolve();
    },
  };
}

async function intoPostgres(databaseUrl: string): Promise<Insertion> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const text = `
    INSERT INTO artifacts (model, id, payload, account_id, client_id, grant_id, expires_at)
    SELECT 'AccessToken', md5(random()::text || number), $1, 'bench-' || (number % ${manyAccounts}), 'bench',
      md5(number || random()::text), $2
    FROM generate_series(1, ${batch}) AS number`;
  return {
    batch: async (expiresAt) => {
      await client.query(text, [payload, expiresAt]);
    },
    end: async () => {
      // By itself it would begin within a minute, and be measured.
      await client.query("VACUUM (ANALYZE) artifacts");
      await client.end();
    },
  };
}
