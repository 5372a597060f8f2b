import { type ArtifactStore, openArtifactStore } from "../../src/artifacts/index.ts";
import { plainLane } from "../../src/fast-lane/fast-lane.ts";
import { databases } from "../support/databases.ts";
import {
  type TestRedis,
  redisProgram,
  startRedis,
  startRedisCluster,
} from "../support/redis-servers.ts";
import {
  type ArtifactsDatabase,
  createArtifactsDatabase,
  standingClock,
} from "./artifacts-database.ts";

/** One kind of store that the contract's suite is repeated on. */
export interface ArtifactStoreKind {
  readonly name: string;
  readonly create: () => Promise<ArtifactsDatabase>;
}

/**
 * Every store at hand: SQLite, PostgreSQL when `TEST_DATABASE_URL` names one, both without the fast lane too, and a Redis, alone and as a cluster, where
 * there is a redis-server (`.ci/run` installs it).
 */
export const artifactStores: readonly ArtifactStoreKind[] = [
  ...databases.map((kind) => ({ name: kind.name, create: () => createArtifactsDatabase(kind) })),
  ...databases.map((kind) => ({
    name: `${kind.name} without the fast lane`,
    create: () => createArtifactsDatabase(kind, plainLane),
  })),
  ...(redisProgram === undefined
    ? []
    : [
        { name: "Redis", create: () => onRedis(startRedis()) },
        { name: "a Redis cluster", create: () => onRedis(startRedisCluster()) },
      ]),
];

if (redisProgram === undefined) {
  process.stderr.write("artifacts on Redis are not tested: there is no redis-server here\n");
}

async function onRedis(starting: Promise<TestRedis>): Promise<ArtifactsDatabase> {
  const redis = await starting;
  const { url, nodes } = redis;
  const clock = standingClock();
  const opened: ArtifactStore[] = [];
  return {
    url,
    clock,
    open: async () => {
      const store = await openArtifactStore(url, clock);
      opened.push(store);
      return store;
    },
    stored: async () => (await Promise.all(nodes.map(everythingOf))).flat().join("\n"),
    drop: async () => {
      await Promise.all(opened.map((store) => store.close()));
      await redis.remove();
    },
  };
}

/** Every key with its value, whatever it is. */
function everythingOf({ ask }: TestRedis["nodes"][number]): Promise<string[]> {
  return ask(async (redis) => {
    await redis.readonly().catch(() => undefined);
    const keys = await redis.keys("*");
    const dumps = await Promise.all(
      keys.map(async (key) => {
        const isIndex = (await redis.type(key)) === "zset";
        return isIndex ? (await redis.zrange(key, 0, -1)).join("\n") : await redis.get(key);
      }),
    );
    return keys.map((key, index) => `${key}\n${dumps[index] ?? ""}`);
  });
}
