import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Redis, type RedisOptions } from "ioredis";
import { freePort } from "./free-port.ts";
import { waitFor } from "./wait-for.ts";

/** A Redis of the test's own: one server, or a cluster. */
export interface TestRedis {
  /** What `ARTIFACTS_URL` would say. */
  readonly url: string;
  readonly nodes: readonly RedisNode[];
  /** Ends every server, and removes their folder. */
  readonly remove: () => Promise<void>;
}

/** One server, on loopback. */
export interface RedisNode {
  readonly port: number;
  /** As a crash of its machine. */
  readonly kill: () => Promise<void>;
  /** Again, with what it had. */
  readonly start: () => Promise<void>;
  /** It says nothing any more, though its connections stand; until it is thawed. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Asks it by a connection of its own. */
  readonly ask: <Result>(work: (redis: Redis) => Promise<Result>) => Promise<Result>;
}

/** Where the server is: on the path, or where distributions keep it. Valkey's does as well. */
export const redisProgram = ["redis-server", "valkey-server"]
  .flatMap((name) =>
    [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin"].map((folder) =>
      join(folder, name),
    ),
  )
  .find((path) => existsSync(path));

/** Starts one server. @param options of its command line, which may say its port */
export async function startRedis(
  options: readonly string[] | ((port: number) => readonly string[]) = [],
  connection: RedisOptions = {},
): Promise<TestRedis & { readonly node: RedisNode }> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-redis-"));
  const port = await freePort();
  const given = typeof options === "function" ? options(port) : options;
  const node = await startNode(folder, port, given, connection);
  return {
    url: `redis://127.0.0.1:${node.port}`,
    node,
    nodes: [node],
    remove: async () => {
      await node.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A sentinel that alone decides, after half a second. */
export async function startSentinel(
  name: string,
  masterPort: number,
): Promise<
  Pick<TestRedis, "url" | "remove"> & { readonly knows: (replicas: number) => Promise<boolean> }
> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-redis-"));
  const port = await freePort();
  const file = join(folder, "sentinel.conf");
  const settings = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${masterPort} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 5000`,
  ];
  writeFileSync(file, settings.join("\n"));
  const node = await startNode(folder, port, [], {}, [file, "--sentinel"]);
  return {
    url: `redis+sentinel://127.0.0.1:${port}/${name}`,
    knows: (replicas) =>
      node.ask(async (redis) => {
        const found = (await redis.call("SENTINEL", "REPLICAS", name)) as unknown[];
        return found.length === replicas;
      }),
    remove: async () => {
      await node.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const slots = 16_384;

/**
 * Starts a cluster of masters and as many replicas: the replica of each stands `masters` further on. What `redis-cli --cluster
 * create` does in seconds is written into each node's file beforehand.
 * @param nodeTimeoutMilliseconds after so long without an answer a master is thought dead
 */
export async function startRedisCluster(
  masters = 3,
  nodeTimeoutMilliseconds = 1000,
): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-redis-"));
  const ports: number[] = [];
  for (let index = 0; index < masters * 2; index += 1) ports.push(await freePort());
  const busPorts: number[] = [];
  while (busPorts.length < ports.length) busPorts.push(await freePort());
  const nameOf = (index: number) => index.toString(16).padStart(40, "a");
  const lineOf = (index: number, of: number) => {
    const isMaster = index < masters;
    const address = `127.0.0.1:${ports[index] ?? 0}@${busPorts[index] ?? 0}`;
    const role = `${of === index ? "myself," : ""}${isMaster ? "master -" : `slave ${nameOf(index - masters)}`}`;
    const from = Math.floor((slots * index) / masters);
    const to = Math.floor((slots * (index + 1)) / masters) - 1;
    const epoch = (index % masters) + 1;
    return `${nameOf(index)} ${address} ${role} 0 0 ${epoch} connected${isMaster ? ` ${from}-${to}` : ""}`;
  };
  const nodes = await Promise.all(
    ports.map((port, index) => {
      const lines = ports.map((_, other) => lineOf(other, index));
      writeFileSync(
        join(folder, `nodes-${port}.conf`),
        `${lines.join("\n")}\nvars currentEpoch ${masters} lastVoteEpoch 0\n`,
      );
      return startNode(folder, port, [
        ...["--cluster-enabled", "yes", "--cluster-config-file", `nodes-${port}.conf`],
        ...["--cluster-port", String(busPorts[index])],
        ...["--cluster-node-timeout", String(nodeTimeoutMilliseconds)],
        ...["--repl-diskless-sync-delay", "0", "--repl-timeout", "10"],
      ]);
    }),
  );
  await waitFor("the cluster to be whole", () => isWhole(nodes), 30);
  return {
    url: `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(",")}`,
    nodes,
    remove: async () => {
      await Promise.all(nodes.map((node) => node.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether every node says that all is well, and every replica follows its master. */
export async function isWhole(nodes: readonly RedisNode[]): Promise<boolean> {
  const all = await Promise.all(
    nodes.map(({ ask }) =>
      ask(async (redis) => {
        const info = await redis.cluster("INFO");
        const replication = await redis.info("replication");
        const follows = /role:master/.test(replication)
          ? /connected_slaves:[1-9]/.test(replication)
          : /master_link_status:up/.test(replication);
        return info.includes("cluster_state:ok") && follows;
      }).catch(() => false),
    ),
  );
  return all.every(Boolean);
}

async function startNode(
  folder: string,
  port: number,
  options: readonly string[],
  connection: RedisOptions = {},
  whole?: readonly string[],
): Promise<RedisNode> {
  if (redisProgram === undefined) throw new Error("there is no redis-server on this machine");
  const program = redisProgram;
  let child: ChildProcess | undefined;
  const ask: RedisNode["ask"] = async (work) => {
    const redis = new Redis({
      ...{
        host: "127.0.0.1",
        port,
        lazyConnect: true,
        retryStrategy: () => null,
        disconnectTimeout: 100,
      },
      disableClientInfo: true,
      ...connection,
    });
    redis.on("error", () => undefined);
    try {
      await redis.connect();
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  };
  const start = async () => {
    const words = whole ?? [
      ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
      ...["--appendonly", "no", "--daemonize", "no", "--loglevel", "warning"],
      ...["--dbfilename", `dump-${port}.rdb`, ...options],
    ];
    const started = spawn(program, words, { stdio: "ignore" });
    child = started;
    // One that a failed test left behind ends with it.
    const end = () => void started.kill("SIGKILL");
    process.once("exit", end);
    started.once("exit", () => process.off("exit", end));
    const answers = () =>
      ask((redis) => redis.ping()).then(
        () => true,
        () => false,
      );
    await waitFor(`redis-server on ${port} to answer`, answers);
  };
  await start();
  return {
    port,
    ask,
    start,
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    kill: async () => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child?.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
      // The kernel gives the port back a moment later.
      await pause(10);
    },
  };
}
