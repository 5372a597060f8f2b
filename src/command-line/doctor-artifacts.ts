import { existsSync } from "node:fs";
import {
  type RedisCondition,
  artifactsPath,
  conditionOf,
  openArtifactStore,
  openRedisStore,
  refusalOf,
} from "../artifacts/index.ts";
import { redisAddress } from "../foundation/index.ts";
import {
  type DoctorParts,
  type Finding,
  findingOf,
  fine,
  inTime,
  notChecked,
  patienceSeconds,
  problem,
  warning,
} from "./doctor-finding.ts";

/** Connecting and asking end in time, whatever DATABASE_TIMEOUT says. */
const limits = { connections: 2, timeoutSeconds: patienceSeconds };

/** Where sessions, codes and tokens are: beside the register, or where `ARTIFACTS_URL` says. It reads alone. */
export async function artifactFindings(parts: DoctorParts): Promise<readonly Finding[]> {
  const { artifactsUrl } = parts.settings;
  if (artifactsUrl === undefined) {
    return findingOf("artifacts", besideAdvice, () => checkBeside(parts));
  }
  const check = redisAddress(artifactsUrl) ? checkRedis : checkPostgres;
  const found = await findingOf("artifacts", ownAdvice, () => check(parts, artifactsUrl));
  return [...found, ...(await findingOf("artifacts", besideAdvice, () => checkLeft(parts)))];
}

const besideAdvice =
  "the artifacts (sessions, codes, tokens) must be readable and writable by the server: check the file beside the register and its owner, or the database's rights";
const ownAdvice =
  "check host, port, user and password in ARTIFACTS_URL, that the server runs, that this machine may reach it, and its certificate (?ca=FILE) where it speaks TLS";
const firstStart = "nothing to do before the first start, which makes it";

async function checkBeside({ settings, clock }: DoctorParts): Promise<readonly Finding[]> {
  const { databaseUrl } = settings;
  if (databaseUrl.startsWith("sqlite:") && !existsSync(artifactsPath(databaseUrl))) {
    return [notChecked("artifacts", `${artifactsPath(databaseUrl)} is not there yet`, firstStart)];
  }
  const artifacts = await openArtifactStore(databaseUrl, clock, { limits });
  try {
    await inTime(artifacts.find("Session", "lopauth-doctor"));
    return [fine("artifacts", "they can be read")];
  } finally {
    await inTime(artifacts.close()).catch(() => undefined);
  }
}

async function checkPostgres({ clock }: DoctorParts, url: string): Promise<readonly Finding[]> {
  const artifacts = await openArtifactStore(url, clock, { limits });
  try {
    await inTime(artifacts.find("Session", "lopauth-doctor"));
    return [fine("artifacts", "they can be read, in a PostgreSQL of their own")];
  } catch (error) {
    const isMissing = (error as { code?: unknown }).code === "42P01";
    if (!isMissing) throw error;
    return [notChecked("artifacts", "their PostgreSQL has no tables of ours yet", firstStart)];
  } finally {
    await inTime(artifacts.close()).catch(() => undefined);
  }
}

async function checkRedis(
  { clock, settings }: DoctorParts,
  url: string,
): Promise<readonly Finding[]> {
  const store = await openRedisStore(url, clock, { limits });
  try {
    const condition = await inTime(conditionOf(store.redis));
    const refusal = refusalOf(condition);
    if (refusal) return [problem("artifacts", refusal.found, `give ${refusal.expected}`)];
    const issuer = await inTime(store.redis.get("lopauth"));
    const { address } = store.redis;
    const waits = settings.artifactsWaitMilliseconds > 0;
    const found = [
      ...conditionFindings(condition, { waits, issuer, ours: settings.issuer }),
      ...roadFindings(address),
    ];
    return found.length > 0 ? found : [fine("artifacts", redisText(condition))];
  } finally {
    await inTime(store.close()).catch(() => undefined);
  }
}

/** What there is to say of a Redis in which artifacts may be kept. */
function conditionFindings(
  { masters, isWhole }: RedisCondition,
  { waits, issuer, ours }: { waits: boolean; issuer: string | null; ours: string },
): readonly Finding[] {
  const text = redisText({ masters, isWhole });
  const found: Finding[] = [];
  if (!isWhole) {
    const advice = 'a part of the keys has no master: "redis-cli --cluster check" says which';
    found.push(problem("artifacts", `${text}: the cluster is not whole`, advice));
  }
  if (issuer !== null && issuer !== ours) {
    const advice = "two installations must not share one: give each a server, or a database number";
    found.push(problem("artifacts", `it holds the artifacts of ${issuer}`, advice));
  }
  const alone = masters.filter(({ replicas }) => replicas === 0).length;
  if (alone > 0 && waits) {
    const advice =
      "give each master a replica: if one is lost, everybody on it signs in again, and what was spent or removed in its last moments is not known any more";
    found.push(warning("artifacts", `${text}: ${alone} without a replica`, advice));
  }
  const older = masters.filter(({ comesBackOlder }) => comesBackOlder).length;
  if (older > 0) {
    const advice =
      'turn dumps off (save ""), or appendonly on: such a server comes back from a crash as it was at its last dump, and lets in again who signed out or was revoked since; behind one, run "lopauth sessions end --all"';
    found.push(warning("artifacts", `${text}: ${older} with dumps alone`, advice));
  }
  const full = masters.find(
    (each) => each.mostMemory > 0 && each.usedMemory > 0.8 * each.mostMemory,
  );
  if (full) {
    const percent = Math.round((100 * full.usedMemory) / full.mostMemory);
    const advice =
      "give it more memory (maxmemory), or more masters: when it is full nobody signs in";
    found.push(warning("artifacts", `a master's memory is full by ${percent} %`, advice));
  }
  return found;
}

/** Who reads along sees what opens accounts. */
function roadFindings({ tls, hosts }: NonNullable<ReturnType<typeof redisAddress>>): Finding[] {
  const far = hosts.find(({ host }) => !/^(?:localhost|127\.|::1$)/.test(host));
  if (tls || !far) return [];
  const advice = "use rediss: unless nobody else is on that network";
  return [warning("artifacts", `${far.host} is spoken to without TLS`, advice)];
}

function redisText({ masters }: RedisCondition): string {
  const versions = [...new Set(masters.map(({ version }) => version))].join(", ");
  return `Redis ${versions} answers, ${masters.length} of them as masters`;
}

/** What stands beside the register is from before: it would be good again if one moved back. */
async function checkLeft({ settings, clock }: DoctorParts): Promise<readonly Finding[]> {
  const { databaseUrl } = settings;
  if (databaseUrl.startsWith("sqlite:") && !existsSync(artifactsPath(databaseUrl))) return [];
  const artifacts = await openArtifactStore(databaseUrl, clock, { limits });
  try {
    const counted = await inTime(artifacts.census());
    if (counted.length === 0) return [];
    const found = "artifacts of before ARTIFACTS_URL stand beside the register";
    const advice =
      'they end by themselves within 30 days; whoever moves back before runs "lopauth sessions end --all" first, for what was removed since would be good again';
    return [warning("artifacts", found, advice)];
  } finally {
    await inTime(artifacts.close()).catch(() => undefined);
  }
}
