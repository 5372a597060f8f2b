import type { RedisConnection } from "./redis-connection.ts";

/** What a master says of itself. */
export interface RedisMaster {
  readonly version: string;
  /** What it does when it is full. */
  readonly policy: string;
  /** Bytes; 0: all that the machine has. */
  readonly mostMemory: number;
  readonly usedMemory: number;
  readonly replicas: number;
  /** Whether it comes back from a crash as it was when it last wrote all it has to its disk; false where it does not say. */
  readonly comesBackOlder: boolean;
}

/** A Redis as it was found. */
export interface RedisCondition {
  readonly masters: readonly RedisMaster[];
  /** Whether a cluster has a master for every slot; true for one server. */
  readonly isWhole: boolean;
}

/** What changed a value and kept its end (`KEEPTTL`), and all else that is asked of it, is in this one. */
const oldestVersion = [6, 2] as const;

/** Asks every master. */
export async function conditionOf(redis: RedisConnection): Promise<RedisCondition> {
  const found = await redis.eachMaster(async (master) => {
    const info = await master.info();
    const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? "";
    // Who may not ask, is not told.
    const [, dumps = ""] = (await master.config("GET", "save").catch(() => [])) as string[];
    const isWhole =
      redis.address.kind !== "cluster" ||
      (await master.cluster("INFO")).includes("cluster_state:ok");
    const seen: RedisMaster = {
      version: field("redis_version"),
      policy: field("maxmemory_policy"),
      mostMemory: Number(field("maxmemory")),
      usedMemory: Number(field("used_memory")),
      replicas: Number(field("connected_slaves")),
      comesBackOlder: dumps !== "" && field("aof_enabled") === "0",
    };
    return { seen, isWhole };
  });
  return {
    masters: found.map(({ seen }) => seen),
    isWhole: found.length > 0 && found.every(({ isWhole }) => isWhole),
  };
}

/** Why nothing may be kept in it: what was found, and what is expected. */
export function refusalOf({
  masters,
}: RedisCondition): { readonly found: string; readonly expected: string } | undefined {
  const forgetful = masters.find(({ policy }) => policy !== "noeviction");
  if (forgetful) {
    const found = `a Redis whose maxmemory-policy is ${forgetful.policy}, which forgets who is signed in, and what was spent or removed, when it is full`;
    return { found, expected: "one with maxmemory-policy noeviction (CONFIG SET, and its file)" };
  }
  const old = masters.find(({ version }) => isOld(version));
  if (!old) return undefined;
  return {
    found: `Redis ${old.version}`,
    expected: `${oldestVersion.join(".")} or newer, or Valkey`,
  };
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < oldestVersion[0] || (major === oldestVersion[0] && minor < oldestVersion[1]);
}
