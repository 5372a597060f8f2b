import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { databaseFiles } from "../artifacts/index.ts";
import {
  type Database,
  openDatabase,
  openToOthers,
  schemaRefusal,
  schemaState,
} from "../storage/index.ts";
import { artifactFindings } from "./doctor-artifacts.ts";
import { clockFinding } from "./doctor-clock.ts";
import {
  type DoctorParts,
  type Finding,
  faultText,
  findingOf,
  fine,
  inTime,
  patienceSeconds,
  problem,
  warning,
} from "./doctor-finding.ts";
import { keyFindings } from "./doctor-keys.ts";
import { maintenanceFindings } from "./doctor-maintenance.ts";
import { outboxFindings } from "./doctor-outbox.ts";
import { purgeFindings } from "./doctor-purges.ts";
import { DoctorStore } from "./doctor-store.ts";

/** Connecting and asking end in time, whatever DATABASE_TIMEOUT says. */
const limits = { connections: 2, timeoutSeconds: patienceSeconds };

const gibibyte = 1024 ** 3;
const leastFree = { problem: 0.1 * gibibyte, warning: gibibyte };

/** What was found, and whether the register can be worked with: reached, and migrated. */
export interface RegisterFindings {
  readonly findings: readonly Finding[];
  readonly ready: boolean;
}

/** The database, what is in it, the artifacts and the disk. It reads alone, and makes no file. */
export async function checkRegister(parts: DoctorParts): Promise<RegisterFindings> {
  const { databaseUrl } = parts.settings;
  const file = sqliteFile(databaseUrl);
  if (file !== undefined && !existsSync(file)) {
    const advice = `check the path in DATABASE_URL; on a first installation run "lopauth migrate", which makes it`;
    return { ready: false, findings: [problem("database", `there is no file ${file}`, advice)] };
  }
  let database: Database;
  try {
    database = openDatabase(databaseUrl, limits);
  } catch (error) {
    return { ready: false, findings: [problem("database", faultText(error), unreachable(file))] };
  }
  try {
    const reached = await findingOf("database", unreachable(file), () => reach(database));
    if (reached.some(({ state }) => state === "problem"))
      return { ready: false, findings: reached };
    const pending = await findingOf("migrations", migrateFirst, () => checkMigrations(database));
    const disk = file === undefined ? [] : [...checkFiles(databaseUrl), ...(await checkDisk(file))];
    const artifacts = await artifactFindings(parts);
    const findings = [...reached, ...pending, ...disk];
    if (pending.some(({ state }) => state === "problem")) return { ready: false, findings };
    return {
      ready: true,
      findings: [...findings, ...artifacts, ...(await checkContents(database, parts))],
    };
  } finally {
    await inTime(database.close()).catch(() => undefined);
  }
}

const startNewer =
  "start a build of docs/releases.json that is new enough, or restore the backup of before the upgrade";
const migrateFirst = `back the database up, run "lopauth migrate" with this version, then start the servers`;
function unreachable(file: string | undefined): string {
  return file !== undefined
    ? "the file must be an SQLite database that this user may read and write, as must its folder; in the place of a damaged one (SQLITE_CORRUPT) comes the last backup: docs/operations.md, Restore"
    : "check host, port, user, password and database name in DATABASE_URL, that the server runs, and that its pg_hba.conf and firewall let this machine in";
}

async function reach(database: Database): Promise<readonly Finding[]> {
  const version = await new DoctorStore(database).version();
  if (database.dialect === "sqlite") return [fine("database", `SQLite ${version} answers`)];
  const mode = await database.pooler();
  if (mode === "statement") return [problem("database", statementMode, anotherMode)];
  const way =
    mode === undefined ? "directly" : `by way of a pooler ${modes[mode]}: statements have no names`;
  return [fine("database", `PostgreSQL ${version} answers ${way}`)];
}

const modes = {
  session: "in session mode",
  transaction: "in transaction mode",
  unknown: "whose mode could not be found out (it has no connection left)",
} as const;
const statementMode = "a pooler in statement mode stands before it, which knows no transactions";
const anotherMode =
  "set pool_mode = transaction (or session) in pgbouncer.ini, or give the server's own address in DATABASE_URL";

async function checkMigrations(database: Database): Promise<readonly Finding[]> {
  const state = await schemaState(database);
  const refusal = schemaRefusal(state);
  if (refusal === undefined) return [fine("migrations", "none is pending")];
  const advice = state.foreign.length > 0 ? startNewer : migrateFirst;
  return [problem("migrations", refusal, advice)];
}

async function checkContents(database: Database, parts: DoctorParts): Promise<readonly Finding[]> {
  const store = new DoctorStore(database);
  const readable = `this user must be allowed to read every table of the register`;
  const clock = async () => [clockFinding(parts.clock, "the database", await store.now())].flat();
  return [
    ...(await findingOf("clock", readable, clock)),
    ...(await findingOf("keys", readable, () => keyFindings(database, parts))),
    ...(await findingOf("maintenance", readable, () => maintenanceFindings(database, parts))),
    ...(await findingOf("outbox", readable, () => outboxFindings(store, parts))),
    ...(await findingOf("purges", readable, () => purgeFindings(database, parts))),
  ];
}

function checkFiles(databaseUrl: string): readonly Finding[] {
  const open = databaseFiles(databaseUrl).flatMap(openToOthers);
  if (open.length === 0) return [fine("files", "their owner alone may read the databases")];
  const advice = `"chmod 600" them: the next start of the server does so where they are its own`;
  return [warning("files", `others may read ${open.join(", ")}`, advice)];
}

async function checkDisk(file: string): Promise<readonly Finding[]> {
  return findingOf("disk", "the folder of the register must be readable", async () => {
    const { bavail, bsize } = await statfs(dirname(file));
    return [diskFinding(bavail * bsize)];
  });
}

/** Whether there is room to write. @param freeBytes where the register is */
export function diskFinding(freeBytes: number): Finding {
  const found = `${(freeBytes / gibibyte).toFixed(1)} GiB free where the register is`;
  const advice = "make room: on a full disk nobody signs in, for nothing can be written";
  if (freeBytes < leastFree.problem) return problem("disk", found, advice);
  return freeBytes < leastFree.warning ? warning("disk", found, advice) : fine("disk", found);
}

function sqliteFile(databaseUrl: string): string | undefined {
  return databaseUrl.startsWith("sqlite:") ? databaseUrl.slice("sqlite:".length) : undefined;
}
