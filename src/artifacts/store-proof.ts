import { type Clock, redisAddress } from "../foundation/index.ts";
import { ConfigurationError, type Settings } from "../operations/index.ts";
import { databaseFault, openDatabase } from "../storage/index.ts";
import { openRedisStore } from "./open-artifact-store.ts";
import { conditionOf, refusalOf } from "./redis-condition.ts";

const name = "ARTIFACTS_URL";
const expected =
  "a server that runs and lets this machine in: its host, port, user and password, and its certificate (?ca=FILE) where it speaks TLS";

/** What is asked ends in time, whatever `DATABASE_TIMEOUT` says. */
const limits = { connections: 1, timeoutSeconds: 5 };

/**
 * That the store of `ARTIFACTS_URL` answers, and may be kept in. Makes and writes nothing.
 * @throws ConfigurationError
 */
export async function proveArtifacts(
  { artifactsUrl: url }: Pick<Settings, "artifactsUrl">,
  clock: Clock,
): Promise<void> {
  if (url === undefined) return;
  try {
    await (redisAddress(url) ? proveRedis(url, clock) : provePostgres(url));
  } catch (error) {
    const fault = databaseFault(error);
    throw fault ? new ConfigurationError([{ name, found: fault.message, expected }]) : error;
  }
}

async function proveRedis(url: string, clock: Clock): Promise<void> {
  const store = await openRedisStore(url, clock, { limits });
  try {
    const refusal = refusalOf(await conditionOf(store.redis));
    if (refusal) throw new ConfigurationError([{ name, ...refusal }]);
  } finally {
    await store.close();
  }
}

async function provePostgres(url: string): Promise<void> {
  const database = openDatabase(url, limits);
  try {
    await database.ping();
  } finally {
    await database.close();
  }
}
