import { join, parse } from "node:path";
import { type Clock, redisAddress, systemRandom } from "../foundation/index.ts";
import { type FastLane, fastLane } from "../fast-lane/index.ts";
import {
  type DatabaseFault,
  type DatabaseLimits,
  type Prepared,
  PostgresServer,
  defaultLimits,
  openPrepared,
} from "../storage/index.ts";
import type { ArtifactStore, HolderStatement } from "./artifact-store.ts";
import { PostgresArtifacts } from "./postgres-artifacts.ts";
import type { RedisArtifacts } from "./redis-artifacts.ts";
import { SqliteArtifacts } from "./sqlite-artifacts.ts";

/** How artifacts are asked. */
export interface ArtifactWays {
  /** The register's own prepared statements on PostgreSQL: the artifacts share their connections. */
  readonly prepared?: Prepared | undefined;
  /** On these: what is read of whose an artifact is, beside it. */
  readonly ofHolder?: HolderStatement | undefined;
  /** Of connections of their own, or of the file. */
  readonly limits?: DatabaseLimits | undefined;
  /** What requests that arrive together share; all of it unless told. */
  readonly lane?: FastLane | undefined;
  /** In a Redis: how long a replica is waited for with what must not come back (0: none is). */
  readonly waitMilliseconds?: number | undefined;
  /** What must not come back stands on one machine: a Redis that has no replica. */
  readonly alone?: (() => void) | undefined;
  /** A PostgreSQL of their own cannot be asked any more, or can again (undefined). */
  readonly away?: ((fault: DatabaseFault | undefined) => void) | undefined;
}

/** Unless told: a replica beside the master answers within a millisecond. */
const usualWaitMilliseconds = 1000;

/**
 * Opens the artifacts that go with a register, or stand by themselves. SQLite makes its file at once; PostgreSQL connects at
 * the first statement and needs the register's migrations; so does a Redis, and again when that breaks.
 * @param url `sqlite:PATH`, `postgres://user:password@host:port/database`, or an address of `redisAddress`
 */
export async function openArtifactStore(
  url: string,
  clock: Clock,
  { prepared, ofHolder, limits = defaultLimits, lane = fastLane, ...ways }: ArtifactWays = {},
): Promise<ArtifactStore> {
  if (redisAddress(url)) return openRedisStore(url, clock, { limits, ...ways });
  if (url.startsWith("sqlite:")) {
    const busyMilliseconds = ((limits.timeoutSeconds ?? 60) * 1000) / 2;
    return new SqliteArtifacts(artifactsPath(url), clock, busyMilliseconds, lane);
  }
  if (prepared) {
    const close = () => Promise.resolve();
    return new PostgresArtifacts(prepared, { clock, lane, ofHolder, close });
  }
  const server = new PostgresServer(url, limits);
  return new PostgresArtifacts(openPrepared(server), { clock, lane, close: () => server.close() });
}

/** Opens the artifacts in a Redis. Its client weighs four megabytes: who has no Redis does without. */
export async function openRedisStore(
  url: string,
  clock: Clock,
  { limits = defaultLimits, waitMilliseconds = usualWaitMilliseconds, alone }: ArtifactWays,
): Promise<RedisArtifacts> {
  const { RedisArtifacts } = await import("./redis-artifacts.ts");
  const timeoutSeconds = limits.timeoutSeconds ?? 60;
  const nonce = systemRandom.identifier;
  return new RedisArtifacts(url, clock, { timeoutSeconds, waitMilliseconds, alone, nonce });
}

/** The files of an SQLite register and of the artifacts beside it; none for PostgreSQL. */
export function databaseFiles(databaseUrl: string): readonly string[] {
  return databaseUrl.startsWith("sqlite:")
    ? [databaseUrl.slice("sqlite:".length), artifactsPath(databaseUrl)]
    : [];
}

/**
 * Where the artifacts live beside an SQLite register: `sqlite:var/auth.sqlite3` has them in
 * `var/auth-artifacts.sqlite3`.
 */
export function artifactsPath(databaseUrl: string): string {
  const { dir, name } = parse(databaseUrl.slice("sqlite:".length));
  return join(dir, `${name}-artifacts.sqlite3`);
}
