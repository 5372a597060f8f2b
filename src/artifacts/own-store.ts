import { type Clock, redisAddress } from "../foundation/index.ts";
import { fastLane } from "../fast-lane/index.ts";
import { ConfigurationError } from "../operations/index.ts";
import { PostgresServer, defaultLimits, openPrepared } from "../storage/index.ts";
import type { ArtifactStore } from "./artifact-store.ts";
import { type ArtifactWays, openRedisStore } from "./open-artifact-store.ts";
import { PostgresArtifacts } from "./postgres-artifacts.ts";
import { makeTables } from "./postgres-tables.ts";
import { conditionOf, refusalOf } from "./redis-condition.ts";

/** A store that is not the register's: `ARTIFACTS_URL`. */
export interface OwnStore {
  readonly store: ArtifactStore;
  /**
   * Before the first request: that it may be kept in, and what is in it.
   * @param issuer whose artifacts they are
   * @throws ConfigurationError when nothing may be kept in it
   */
  readonly begin: (issuer: string) => Promise<OwnStoreBegun>;
}

/** What was found in it. */
export interface OwnStoreBegun {
  /** Whether nothing was: everybody signs in again. */
  readonly isEmpty: boolean;
  /** Whose artifacts it is said to hold, where that is another issuer. */
  readonly otherIssuer: string | undefined;
}

/** The key that says that somebody keeps artifacts there, and who. */
const markKey = "lopauth";

/** Opens it; it connects at the first question. */
export async function openOwnStore(
  url: string,
  clock: Clock,
  ways: ArtifactWays,
): Promise<OwnStore> {
  if (redisAddress(url)) {
    const store = await openRedisStore(url, clock, ways);
    const begin = async (issuer: string) => {
      const refusal = refusalOf(await conditionOf(store.redis));
      if (refusal) throw new ConfigurationError([{ name: "ARTIFACTS_URL", ...refusal }]);
      const kept = await store.redis.firstValue(markKey, issuer);
      const otherIssuer = kept === issuer ? undefined : kept;
      return { isEmpty: kept === undefined, otherIssuer };
    };
    return { store, begin };
  }
  const server = new PostgresServer(url, ways.limits ?? defaultLimits);
  const prepared = openPrepared(server);
  const parts = { clock, lane: ways.lane ?? fastLane, close: () => server.close() };
  const store = new PostgresArtifacts(prepared, parts);
  const begin = async () => {
    // One that is silent is found out by a question of nobody's, as the register is: each request would wait by itself.
    await server.watch({ changed: ways.away ?? (() => undefined), clock: () => undefined });
    return { isEmpty: await makeTables(prepared), otherIssuer: undefined };
  };
  return { store, begin };
}
